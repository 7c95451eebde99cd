/**
 * Screening for terms as a good JavaScript program would do it: one folding pass through tables, then a trie over the
 * folded text. The comparison for the native screening, and its oracle; personal data is left out.
 */
import { readFileSync } from "node:fs";
import { ALPHANUMERIC, BLANK, Folded, WALL } from "./screen-fold.ts";

/** A hit, with places in UTF-16. */
export interface Hit {
  rule: string;
  start: number;
  end: number;
}

interface Term {
  rule: string;
  category: string;
}

interface Pattern {
  term: number;
  runs: number[];
  excuse: boolean;
  stem: boolean;
}

interface Node {
  next: Map<number, Node>;
  patterns: Pattern[];
}

type Found = { term: number; start: number; end: number };

const UNSPACED = /[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\u{20000}-\u{3FFFF}]/u;
const rot13 = (text: string) =>
  text.replace(/[a-z]/gi, (c) => {
    const base = c < "a" ? 65 : 97;
    return String.fromCharCode(((c.charCodeAt(0) - base + 13) % 26) + base);
  });

/** All choices of alternatives. */
function forms(term: string): string[] {
  return term
    .split(/\s+/)
    .reduce<string[]>(
      (forms, word) => word.split("|").flatMap((choice) => forms.map((form) => `${form} ${choice}`.trim())),
      [""],
    );
}

const space = (byte: number | undefined) => byte === BLANK || byte === WALL;
const closed = (text: string) => [...text].some((c) => ALPHANUMERIC.test(c) && !UNSPACED.test(c));

/** The built-in lexicon in a trie. */
export class Terms {
  readonly #root: Node = { next: new Map(), patterns: [] };
  readonly #terms: Term[] = [];
  readonly #folded = new Folded();

  constructor() {
    const path = new URL("../../crates/gristmill-text/src/tos/lexicon.txt", import.meta.url);
    for (const line of readFileSync(path, "utf8").split("\n")) {
      if (line.trim() === "" || line.startsWith("#")) continue;
      const [term = "", category = "", , how = "", exceptions = "", rule = ""] = line.split("\t").map((f) => f.trim());
      const [number, stem] = [this.#terms.push({ rule, category }) - 1, how === "stem"];
      for (const form of forms(rot13(term))) {
        const { key, runs } = this.#key(form);
        this.#add(key, { term: number, runs, excuse: false, stem });
        if (key.at(-1) !== 121) continue;
        const ies = [...key.slice(0, -1), 105, 101, 115];
        this.#add(ies, { term: number, runs: [...runs, 1, 1], excuse: false, stem });
      }
      for (const phrase of exceptions.split(";").map((one) => one.trim())) {
        const { key, runs } = this.#key(rot13(phrase));
        if (key.length > 0) this.#add(key, { term: number, runs, excuse: true, stem });
      }
    }
  }

  #key(term: string): { key: number[]; runs: number[] } {
    this.#folded.fold(term);
    const bytes = this.#folded.bytes.slice(0, this.#folded.spelled);
    const start = bytes.findIndex((byte) => byte !== BLANK);
    if (start < 0) return { key: [], runs: [] };
    const end = bytes.findLastIndex((byte) => byte !== BLANK) + 1;
    return { key: bytes.slice(start, end), runs: this.#folded.runs.slice(start, end) };
  }

  #add(key: number[], pattern: Pattern): void {
    let node = this.#root;
    for (const byte of key) {
      let next = node.next.get(byte);
      if (next === undefined) {
        next = { next: new Map(), patterns: [] };
        node.next.set(byte, next);
      }
      node = next;
    }
    node.patterns.push(pattern);
  }

  /** Hits in order of place. */
  find(text: string): Hit[] {
    const folded = this.#folded;
    folded.fold(text);
    const { bytes, starts, ends } = folded;
    const hits: Found[] = [];
    const excused: Found[] = [];
    for (let first = 0; first < bytes.length; first++) {
      let node = this.#root.next.get(bytes[first] ?? 0);
      for (let last = first; node !== undefined; node = node.next.get(bytes[++last] ?? -1)) {
        for (const pattern of node.patterns) {
          const end = this.#end(text, first, last, pattern);
          if (end === undefined) continue;
          const found = { term: pattern.term, start: starts[first] ?? 0, end: ends[end] ?? 0 };
          (pattern.excuse ? excused : hits).push(found);
        }
      }
    }
    if (hits.length === 0) return [];
    const inside = (a: Found, b: Found) => b.start <= a.start && a.end <= b.end;
    const left = hits.filter((hit) => !excused.some((phrase) => phrase.term === hit.term && inside(hit, phrase)));
    left.sort((a, b) => a.start - b.start || b.end - a.end || a.term - b.term);
    const kept: Found[] = [];
    for (const hit of left) {
      const category = this.#terms[hit.term]?.category;
      const alike = (other: Found) => inside(hit, other) && this.#terms[other.term]?.category === category;
      if (!kept.some(alike)) kept.push(hit);
    }
    return kept.map(({ term, start, end }) => ({ rule: this.#terms[term]?.rule ?? "", start, end }));
  }

  /** The last folded byte of a hit, if it is one. */
  #end(text: string, first: number, last: number, { runs, excuse, stem }: Pattern): number | undefined {
    const { bytes, runs: found, letters, starts, ends, spelled } = this.#folded;
    let letter = false;
    for (let at = first; at <= last; at++) {
      const [run = 0, wanted = 0] = [found[at], runs[at - first]];
      if (bytes[at] !== BLANK) {
        if (run !== wanted && run < Math.max(wanted, 3)) return undefined;
      } else if (/[\n\r]|[.?;:][ \t]/.test(text.slice(starts[at], ends[at]))) return undefined;
      letter ||= letters[at] ?? false;
    }
    if (!letter) return undefined;
    const alone = (end: number) => this.#alone(text, first, end);
    if (alone(last)) return last;
    if (excuse && !stem) return undefined;
    const at = (place: number) => (place < spelled === last < spelled ? bytes[place] : undefined);
    const plural = (place: number) => (at(place) === 115 || at(place) === 122) && alone(place);
    if (at(last + 1) !== bytes[last] && plural(last + 1)) return last + 1;
    if (at(last + 1) === 101 && plural(last + 2)) return last + 2;
    if (!stem) return undefined;
    let end = last;
    for (let byte = at(end + 1); byte !== undefined && !space(byte); byte = at(end + 1)) end++;
    return end > last && alone(end) ? end : undefined;
  }

  #alone(text: string, first: number, last: number): boolean {
    const { bytes, starts, ends, spelled } = this.#folded;
    const inSpelled = first >= spelled;
    const open = (at: number) =>
      at < 0 ||
      at >= bytes.length ||
      space(bytes[at]) ||
      at === spelled ||
      (!inSpelled && !closed(text.slice(starts[at], ends[at])));
    if (open(first - 1) && open(last + 1)) return true;
    if (!inSpelled || last - first < 3) return false;
    return [...text.slice(starts[first], ends[last])].filter((c) => /\s/.test(c)).length >= last - first;
  }
}
