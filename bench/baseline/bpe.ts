import { readFileSync } from "node:fs";

/** What `\s` of the tokenizers is; JavaScript's also has U+FEFF, but not U+0085. */
const SPACE = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** The split of Llama 3. */
const WORDS = new RegExp(
  [
    "'(?:[sStTmMdD\\u017f]|[rR][eE]|[vV][eE]|[lL][lL])",
    `[^\\r\\n\\p{L}\\p{N}]?\\p{L}+`,
    "\\p{N}{1,3}",
    ` ?[^${SPACE}\\p{L}\\p{N}]+[\\r\\n]*`,
    `[${SPACE}]*[\\r\\n]+`,
    `[${SPACE}]+(?![^${SPACE}])`,
    `[${SPACE}]+`,
  ].join("|"),
  "gu",
);

/** The characters that stand for bytes in a `tokenizer.json`. */
function byteCharacters(): string[] {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let others = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : others++));
}

/** Byte-pair encoding with the split of Llama 3, and a cache of the words seen. */
export class BpeBaseline {
  readonly #ids: Map<string, number>;
  /** By the two tokens with a space between them. */
  readonly #ranks: Map<string, number>;
  readonly #whole: boolean;
  readonly #bytes = byteCharacters();
  readonly #encoder = new TextEncoder();
  readonly #seen = new Map<string, readonly number[]>();

  constructor(path: string) {
    const { model } = JSON.parse(readFileSync(path, "utf8")) as {
      model: { vocab: Record<string, number>; merges: (string | [string, string])[]; ignore_merges?: boolean };
    };
    this.#ids = new Map(Object.entries(model.vocab));
    const line = (merge: string | [string, string]) => (typeof merge === "string" ? merge : merge.join(" "));
    this.#ranks = new Map(model.merges.map((merge, rank) => [line(merge), rank]));
    this.#whole = model.ignore_merges === true;
  }

  /** Appends the ids of a text. */
  encode(text: string, out: number[]): void {
    for (const word of text.match(WORDS) ?? []) {
      let ids = this.#seen.get(word);
      if (ids === undefined) {
        ids = this.#word(word);
        this.#seen.set(word, ids);
      }
      for (const id of ids) out.push(id);
    }
  }

  #word(word: string): number[] {
    const parts = Array.from(this.#encoder.encode(word), (byte) => this.#bytes[byte] ?? "");
    const whole = this.#whole ? this.#ids.get(parts.join("")) : undefined;
    if (whole !== undefined) return [whole];
    for (;;) {
      let best = Number.POSITIVE_INFINITY;
      let place = 0;
      for (let at = 1; at < parts.length; at++) {
        const rank = this.#ranks.get(`${parts[at - 1]} ${parts[at]}`) ?? best;
        if (rank < best) [best, place] = [rank, at];
      }
      if (place === 0) break;
      parts.splice(place - 1, 2, `${parts[place - 1]}${parts[place]}`);
    }
    return parts.map((part) => this.#ids.get(part) ?? 0);
  }
}
