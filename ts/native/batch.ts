/**
 * One hot path over texts in memory, without a recipe.
 *
 * Texts cross packed ({@link PackedTexts}, made by `pack`). The handles and the functions on packed texts have two
 * forms: the asynchronous one copies the texts once, before it returns its promise, and works on the addon's threads;
 * the one with `Sync` in its name only borrows the memory and works on the calling thread. The functions on `string[]`
 * pack, call and unpack.
 *
 * All of them throw `GristmillError`: `GM_BATCH_BAD_OFFSETS`, `GM_BATCH_NOT_UTF8` and `GM_BATCH_TOO_LARGE` for packed
 * texts that are none, and the codes of the step whose work they do for its options.
 */
import type {
  BatchBinding,
  NativeCleaner,
  NativeScreener,
  NativeTokenCounter,
  PackedCleaned,
  PackedColumn,
  PackedDialogues,
  PackedHits,
  PackedMessages,
} from "./batch-binding.ts";
import { binding } from "./binding.ts";
import { unwrap } from "./failure.ts";
import { type PackedTexts, pack, unpack } from "./packed.ts";

export type { PackedCleaned, PackedDialogues, PackedHits, PackedMessages } from "./batch-binding.ts";
export { type PackedTexts, pack, unpack } from "./packed.ts";
export { type WriteParquetOptions, type WrittenParquet, writeParquet } from "./write-parquet.ts";

/** Options of a step as a recipe writes them, in `snake_case`. */
export type StepOptions = Readonly<Record<string, unknown>>;

const addon = (): BatchBinding => binding();

/** The cleaning rules of the step `clean_chat`, compiled. Compiling costs milliseconds: keep one for many calls. */
export class Cleaner implements Disposable {
  readonly #native: NativeCleaner;

  /** `options` of `clean_chat`; `{ layout: "plain" }` for single messages, else texts are dialogues in ChatML. */
  constructor(options: StepOptions = {}) {
    this.#native = unwrap(addon().openCleaner(JSON.stringify(options)));
  }

  async clean({ data, offsets }: PackedTexts): Promise<PackedCleaned> {
    return unwrap(await this.#native.clean(data, offsets));
  }

  cleanSync({ data, offsets }: PackedTexts): PackedCleaned {
    return unwrap(this.#native.cleanSync(data, offsets));
  }

  /** Frees the rules. */
  close(): void {
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The lexicon and patterns of the step `screen_tos`, compiled. Compiling costs milliseconds: keep one. */
export class Screener implements Disposable {
  readonly #native: NativeScreener;

  /** `options` of `screen_tos`. */
  constructor(options: StepOptions = {}) {
    this.#native = unwrap(addon().openScreener(JSON.stringify(options)));
  }

  /** Hits with places in bytes of UTF-8. */
  async scan({ data, offsets }: PackedTexts): Promise<PackedHits> {
    return unwrap(await this.#native.scan(data, offsets));
  }

  /** Hits with places in bytes of UTF-8. */
  scanSync({ data, offsets }: PackedTexts): PackedHits {
    return unwrap(this.#native.scanSync(data, offsets));
  }

  /** Frees the lexicon. */
  close(): void {
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A loaded tokenizer, for counting. Loading costs up to a second: keep one. */
export class TokenCounter implements Disposable {
  readonly #native: NativeTokenCounter;

  private constructor(native: NativeTokenCounter) {
    this.#native = native;
  }

  /**
   * Loads a `tokenizer.json`; or counts `words`, `chars` (Unicode scalar values) or `bytes`.
   *
   * @throws GristmillError `GM_TOKEN_UNREADABLE`, `GM_TOKEN_INVALID`.
   */
  static async open(tokenizer: string): Promise<TokenCounter> {
    return new TokenCounter(unwrap(await addon().openTokenCounter(tokenizer)));
  }

  /** Tokens of each text; `special` also counts those that the tokenizer puts around a text. */
  async count({ data, offsets }: PackedTexts, special = false): Promise<Uint32Array> {
    return unwrap(await this.#native.count(data, offsets, special));
  }

  countSync({ data, offsets }: PackedTexts, special = false): Uint32Array {
    return unwrap(this.#native.countSync(data, offsets, special));
  }

  /** Frees the tokenizer. */
  close(): void {
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What became of a text. */
export type CleanedText =
  | { verdict: "kept" | "changed"; text: string }
  | { verdict: "dropped"; reason: string; rule: string };

/** Cleans texts; the result has one entry per text, in order. */
export async function cleanTexts(texts: readonly string[], rules: StepOptions | Cleaner = {}): Promise<CleanedText[]> {
  const cleaner = rules instanceof Cleaner ? rules : new Cleaner(rules);
  try {
    const cleaned = await cleaner.clean(pack(texts));
    return unpack(cleaned.texts).map((text, row): CleanedText => {
      const verdict = cleaned.verdicts[row];
      if (verdict === 2) return { verdict: "dropped", ...wordsOf(cleaned, row) };
      // An unchanged text is given back itself, so that nothing a string can hold is lost in UTF-8.
      return verdict === 1 ? { verdict: "changed", text } : { verdict: "kept", text: texts[row] ?? text };
    });
  } finally {
    if (cleaner !== rules) cleaner.close();
  }
}

function wordsOf(cleaned: PackedCleaned, row: number): { reason: string; rule: string } {
  return {
    reason: cleaned.reasons[(cleaned.reasonOf[row] ?? 0) - 1] ?? "",
    rule: cleaned.rules[(cleaned.ruleOf[row] ?? 0) - 1] ?? "",
  };
}

/** A hit; `text.slice(start, end)` is what was found. */
export interface TextHit {
  /** Category of the lexicon, or `pii`. */
  category: string;
  rule: string;
  /** 1 mild to 3 severe. */
  severity: number;
  start: number;
  end: number;
}

/** Scans texts for what `screen_tos` looks for; one list of hits per text, in order of place. */
export async function scanTexts(texts: readonly string[], lexicon: StepOptions | Screener = {}): Promise<TextHit[][]> {
  const screener = lexicon instanceof Screener ? lexicon : new Screener(lexicon);
  try {
    const packed = pack(texts);
    const hits = await screener.scan(packed);
    const found: TextHit[][] = texts.map(() => []);
    for (const [hit, row] of hits.rows.entries()) {
      const rule = hits.rules[hits.ruleOf[hit] ?? 0];
      if (rule === undefined) continue;
      const place = (bytes: number) => unitsIn(packed, row, bytes);
      found[row]?.push({ ...rule, start: place(hits.starts[hit] ?? 0), end: place(hits.ends[hit] ?? 0) });
    }
    return found;
  } finally {
    if (screener !== lexicon) screener.close();
  }
}

/** Length in UTF-16 of the first bytes of a text. */
function unitsIn({ data, offsets }: PackedTexts, row: number, bytes: number): number {
  const start = offsets[row] ?? 0;
  return Buffer.from(data.buffer, data.byteOffset + start, bytes).toString("utf8").length;
}

/** Tokens of each text. `tokenizer`: path of a `tokenizer.json`, `words`, `chars`, `bytes`, or a counter. */
export async function countTokens(texts: readonly string[], tokenizer: string | TokenCounter): Promise<Uint32Array> {
  const counter = typeof tokenizer === "string" ? await TokenCounter.open(tokenizer) : tokenizer;
  try {
    return await counter.count(pack(texts));
  } finally {
    if (counter !== tokenizer) counter.close();
  }
}

/** Whether each text has a word, which is what `filter_messages` asks of a message. */
export async function hasLexeme(texts: readonly string[]): Promise<boolean[]> {
  return Array.from(await hasLexemePacked(pack(texts)), (flag) => flag === 1);
}

/** Per text 1 if it has a word, else 0. */
export async function hasLexemePacked({ data, offsets }: PackedTexts): Promise<Uint8Array> {
  return unwrap(await addon().hasLexeme(data, offsets));
}

/** Per text 1 if it has a word, else 0. */
export function hasLexemePackedSync({ data, offsets }: PackedTexts): Uint8Array {
  return unwrap(addon().hasLexemeSync(data, offsets));
}

/** Text columns by name, of equal length; an empty text stands for none. */
export type TextColumns = Readonly<Record<string, readonly string[] | PackedTexts>>;

/**
 * Filters messages and takes markup out of them, as the row-wise half of the step `filter_messages` does: bots,
 * commands, messages without words. Duplicate ids and direct messages are only decided where all rows are known.
 * Columns: `message_id`, `content`, and as far as known `timestamp` and `author_bot`.
 *
 * @throws GristmillError `GM_BATCH_BAD_COLUMNS`, `GM_STEP_MISSING_COLUMN`.
 */
export async function filterMessages(columns: TextColumns, options: StepOptions = {}): Promise<PackedMessages> {
  return unwrap(await addon().filterMessages(packColumns(columns), JSON.stringify(options)));
}

/**
 * Builds dialogues of messages and their replies, all in memory. Columns: `message_id`,
 * `message_reference_message_id`, `guild_id`, `channel_id`, `author_id`, `content`. Dialogues come by the id of their
 * first message.
 *
 * @throws GristmillError `GM_BATCH_BAD_COLUMNS`, `GM_STEP_MISSING_COLUMN`.
 */
export async function buildDialogues(columns: TextColumns, options: StepOptions = {}): Promise<PackedDialogues> {
  return unwrap(await addon().buildDialogues(packColumns(columns), JSON.stringify(options)));
}

function packColumns(columns: TextColumns): PackedColumn[] {
  return Object.entries(columns).map(([name, texts]) => {
    const { data, offsets } = "offsets" in texts ? texts : pack(texts);
    return { name, data, offsets };
  });
}
