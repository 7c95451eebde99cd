import { readFileSync } from "node:fs";

interface Vocabulary {
  ids: Map<string, number>;
  scores: Float64Array;
  longest: number;
  lowest: number;
  unknown: number;
  /** Ids of the 256 bytes. */
  bytes: number[];
}

/** Reads the vocabulary of a `tokenizer.json`; marks and bytes are left out of what may match text. */
export function readVocabulary(path: string): Vocabulary {
  const { model } = JSON.parse(readFileSync(path, "utf8")) as { model: { vocab: [string, number][]; unk_id: number } };
  const ids = new Map<string, number>();
  const bytes: number[] = [];
  let longest = 0;
  let lowest = 0;
  model.vocab.forEach(([piece, score], id) => {
    const byte = /^<0x([0-9A-F]{2})>$/.exec(piece);
    if (byte !== null) bytes[Number.parseInt(byte[1] ?? "", 16)] = id;
    else if (score !== 0) {
      ids.set(piece, id);
      longest = Math.max(longest, piece.length);
      lowest = Math.min(lowest, score);
    }
  });
  return {
    ids,
    scores: Float64Array.from(model.vocab, ([, score]) => score),
    longest,
    lowest,
    unknown: model.unk_id,
    bytes,
  };
}

/** NFKC, white space as single spaces, one in front. Enough for prose. */
function normalized(text: string): string {
  const plain = text
    .normalize("NFKC")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the model drops them
    .replace(/[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/g, "")
    .replace(/[\t\n\f\r\u1680\u200b\u200c\u200e\u200f\u2028\u2029\u2581\ufeff\ufffd]/g, " ")
    .replace(/ {2,}/g, " ")
    .replace(/^ | $/g, "");
  return plain === "" ? "" : `\u2581${plain.replaceAll(" ", "\u2581")}`;
}

/** A sum below this is taken as the new zero. */
const LOWEST = -100_000;

/** The best segmentation of a text, with sums in single precision; unknown characters as bytes. */
export class UnigramBaseline {
  readonly #vocabulary: Vocabulary;
  readonly #encoder = new TextEncoder();

  constructor(path: string) {
    this.#vocabulary = readVocabulary(path);
  }

  encode(given: string): number[] {
    const { ids, scores, longest, lowest, unknown, bytes } = this.#vocabulary;
    const text = normalized(given);
    const best = new Float32Array(text.length + 1).fill(Number.NEGATIVE_INFINITY);
    const from = new Int32Array(text.length + 1);
    const by = new Int32Array(text.length + 1);
    best[0] = 0;
    for (let at = 0; at < text.length; ) {
      const one = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      const zero = best[at] ?? 0;
      if (zero < LOWEST) {
        for (let end = at; end <= Math.min(text.length, at + longest); end++) best[end] = (best[end] ?? 0) - zero;
      }
      const before = best[at] ?? 0;
      const offer = (end: number, id: number, score: number): void => {
        const sum = Math.fround(before + score);
        if (sum > (best[end] ?? 0)) {
          best[end] = sum;
          from[end] = at;
          by[end] = id;
        }
      };
      let single = false;
      for (let end = at + 1; end <= Math.min(text.length, at + longest); end++) {
        // No piece goes beyond its word.
        if (end > at + 1 && text.charCodeAt(end - 1) === 0x2581) break;
        const id = ids.get(text.slice(at, end));
        if (id === undefined) continue;
        offer(end, id, scores[id] ?? 0);
        if (end === at + one) single = true;
      }
      if (!single) offer(at + one, unknown, lowest - 10);
      at += one;
    }
    const found: number[] = [];
    for (let end = text.length; end > 0; end = from[end] ?? 0) {
      if (by[end] !== unknown) found.push(by[end] ?? 0);
      else for (const byte of this.#encoder.encode(text.slice(from[end], end)).reverse()) found.push(bytes[byte] ?? 0);
    }
    return found.reverse();
  }
}
