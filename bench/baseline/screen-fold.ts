/** Folding of texts in JavaScript: the comparison for the native one. */

export const BLANK = 32;
export const WALL = 10;
const NOTHING = 0;
/** Beside the folded byte: it comes from a letter, from a sign, is one of another script. */
const LETTER = 1 << 8;
const SIGN = 1 << 9;
const FOREIGN = 1 << 10;

const ALIKE =
  "aаАαΑ bвВβΒьЬ cсСϲ dԁ eеЕёЁєεΕ gɡ hһНΗ iіІїιΙıӏ jјЈ kкКκΚ lłŁ mмМΜ nոΝη oоОοΟøØσ pрРρΡ qԛ rгʀ sѕЅ tтТτΤ uυ vνѵ wԝω xхХχΧ yуУγΥ zΖ";
const BEYOND = new Map([["€", SIGN | 101]]);
for (const [letter = "", ...others] of ALIKE.split(" ")) {
  for (const other of others) BEYOND.set(other, LETTER | letter.charCodeAt(0));
}
const INVISIBLE =
  /^(?:\u034F|\xAD|[\u061C\u180E\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]|\u200D|[\uFE00-\uFE0F])$/u;
const MARK = /^\p{M}$/u;
export const ALPHANUMERIC = /[\p{Alphabetic}\p{N}]/u;

const LEET: Readonly<Record<string, string>> = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t" };
const SIGNS: Readonly<Record<string, string>> = { "!": "i", "@": "a", $: "s", "+": "t" };
const ASCII = Uint16Array.from({ length: 128 }, (_, code) => {
  const c = String.fromCharCode(code).toLowerCase();
  if (/[a-z]/.test(c)) return LETTER | c.charCodeAt(0);
  if (/[0-9]/.test(c)) return (LEET[c] ?? c).charCodeAt(0);
  return c in SIGNS ? SIGN | (SIGNS[c] ?? "").charCodeAt(0) : BLANK;
});

/** A folded text; reused. */
export class Folded {
  bytes: number[] = [];
  runs: number[] = [];
  starts: number[] = [];
  ends: number[] = [];
  letters: boolean[] = [];
  spelled = 0;
  #sign = false;
  readonly #known = new Map<string, number[]>();

  fold(text: string): void {
    for (const list of [this.bytes, this.runs, this.starts, this.ends]) list.length = 0;
    this.letters.length = 0;
    this.#sign = false;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code < 128) {
        this.#take(ASCII[code] ?? BLANK, at, at + 1);
        continue;
      }
      const c = String.fromCodePoint(text.codePointAt(at) ?? 0);
      let pieces = this.#known.get(c);
      if (pieces === undefined) {
        pieces = beyond(c);
        this.#known.set(c, pieces);
      }
      for (const piece of pieces) this.#take(piece, at, at + c.length);
      at += c.length - 1;
    }
    this.spelled = this.bytes.length;
    this.#spellOut(text);
  }

  #take(piece: number, start: number, end: number): void {
    if (piece === NOTHING) return;
    if ((piece & FOREIGN) !== 0) {
      this.#sign = false;
      this.#push(piece, 1, true, start, end, true);
      return;
    }
    const sign = (piece & SIGN) !== 0;
    const apart = this.#sign !== sign;
    this.#sign = sign;
    this.#push(piece & 255, 1, (piece & LETTER) !== 0, start, end, apart);
  }

  #push(byte: number, run: number, letter: boolean, start: number, end: number, apart: boolean): void {
    const last = this.bytes.length - 1;
    if (byte !== WALL && !apart && this.bytes[last] === byte) {
      this.runs[last] = (this.runs[last] ?? 0) + run;
      if (letter) this.letters[last] = true;
      this.ends[last] = end;
      return;
    }
    this.bytes.push(byte);
    this.runs.push(run);
    this.starts.push(start);
    this.ends.push(end);
    this.letters.push(letter);
  }

  #spellOut(text: string): void {
    const words: [number, number][] = [];
    for (let at = 0, start = 0; at <= this.spelled; at++) {
      if (at !== this.spelled && this.bytes[at] !== BLANK) continue;
      if (at > start) words.push([start, at]);
      start = at + 1;
    }
    const gap = (word = 0) => (word === 0 ? "" : text.slice(this.starts[word - 1], this.ends[word - 1]));
    const single = (word: [number, number]) => word[1] - word[0] === 1;
    const byBlank = (at: number) => [" ", "\t", "\xA0"].includes(gap(words[at]?.[0]));
    for (let from = 0, to = 1, before = -1; from < words.length; from = to) {
      for (to = from + 1; to < words.length && /^[-_*.~|'^]{1,3}$/.test(gap(words[to]?.[0])); ) to++;
      const part = words.slice(from, to);
      const singles = part.filter(single).length;
      const quoted = () => part.slice(1).every(([at]) => gap(at) === "'");
      if (part.length < 2 || (singles < 2 && (singles !== 1 || quoted()))) continue;
      if (this.#append(part, 3, before === from && byBlank(from))) before = to;
    }
    for (let from = 0, to = 0; from < words.length; from = Math.max(to, from + 1)) {
      to = from;
      while (to < words.length && single(words[to] ?? [0, 0]) && (to === from || byBlank(to))) to++;
      if (to - from >= 3) this.#append(words.slice(from, to), 2, false);
    }
  }

  #append(words: [number, number][], share: number, on: boolean): boolean {
    const places = words.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
    if (places.filter((place) => this.letters[place]).length * share < places.length) return false;
    const gap = on ? (places[0] ?? 0) - 1 : -1;
    this.#push(on ? BLANK : WALL, 1, false, this.starts[gap] ?? 0, this.ends[gap] ?? 0, true);
    for (const i of places) {
      const byte = this.bytes[i] ?? 0;
      this.#push(byte, this.runs[i] ?? 1, this.letters[i] ?? false, this.starts[i] ?? 0, this.ends[i] ?? 0, byte > 255);
    }
    return true;
  }
}

/** What a character beyond ASCII becomes. */
function beyond(c: string): number[] {
  const known = BEYOND.get(c);
  if (known !== undefined) return [known];
  if (INVISIBLE.test(c) || MARK.test(c)) return [NOTHING];
  const parts = [...c.normalize("NFKD")].filter((part) => !MARK.test(part));
  if (parts.length === 0) return [BLANK];
  return parts
    .flatMap((part) => [...part.toLowerCase()])
    .flatMap((lower) => {
      if (lower < "\x80") return [ASCII[lower.charCodeAt(0)] ?? BLANK];
      const known = BEYOND.get(lower);
      if (known !== undefined) return [known];
      if (INVISIBLE.test(lower)) return [NOTHING];
      if (!ALPHANUMERIC.test(lower)) return [BLANK];
      // As many as its bytes: one letter of another script is no single letter.
      return [...Buffer.from(lower)].map((byte) => FOREIGN | byte);
    });
}
