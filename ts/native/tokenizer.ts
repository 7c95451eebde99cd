import { binding } from "./binding.ts";
import { unwrap } from "./failure.ts";
import { type PackedTexts, pack, packages, unitsOf, unpack } from "./packed.ts";
import type { NativeIntake, NativeTokenizer, NativeTokenStream, PackedIds, PlacedIds } from "./tokenizer-binding.ts";

export type { PackedIds, PlacedIds } from "./tokenizer-binding.ts";

/** How to load a tokenizer. */
export interface LoadTokenizerOptions {
  /** What the text of special tokens inside documents is: those tokens, ordinary text, or a failure. */
  specialInText?: "recognise" | "ignore" | "refuse";
  /** How text is cut into words, for files that do not say: a name such as `cl100k`, or a pattern. */
  split?: string;
  /**
   * How scores of unigram models of SentencePiece are added: `float` as its current releases do, `mixed` as those up to
   * 0.2.1 do, which settles some ties in another way.
   */
  arithmetic?: "float" | "mixed";
}

/** What a tokenizer is. */
export interface TokenizerInfo {
  /** `native` is gristmill's own engine; `tokenizers` the crate of that name. */
  engine: "native" | "tokenizers";
  /** Why it is not `native`. */
  reason: string | null;
  /** `byte-level BPE`, or of SentencePiece `unigram`, `bpe`, `word`, `char`; `null` where it is not ours. */
  model: string | null;
  /** One above the highest id. */
  ids: number;
  /** Number of tokens; fewer than ids where ids leave holes. */
  tokens: number;
  /** Length of the longest token in bytes, where it is known. */
  longest: number | null;
  /** Tokens that are searched in a text before anything else, by id. */
  added: { id: number; content: string; special: boolean }[];
}

/** Options of encoding. */
export interface EncodeOptions {
  /** Put the tokenizer's special tokens around each text, such as a begin token. */
  special?: boolean;
}

/** Options of decoding. */
export interface DecodeOptions {
  /** Leave out special tokens. */
  skipSpecial?: boolean;
}

/** Texts as strings, or packed by `batch.pack`. */
export type Texts = readonly string[] | PackedTexts;

/**
 * A tokenizer: any `tokenizer.json`, tiktoken's files of ranks, `vocab.json` beside `merges.txt`, or a `.model` of
 * SentencePiece. Byte-level byte-pair encoding and `.model` files run on engines of gristmill's own, everything else
 * through the `tokenizers` crate.
 *
 * Ids come as one flat `Uint32Array` with offsets. Methods with `Sync` in their name work on the calling thread, the
 * others on the addon's threads. Loading costs up to a second: keep one.
 */
export class Tokenizer implements Disposable {
  readonly #native: NativeTokenizer;
  /** What it is. */
  readonly info: TokenizerInfo;

  private constructor(native: NativeTokenizer) {
    this.#native = native;
    this.info = JSON.parse(unwrap(native.describe())) as TokenizerInfo;
  }

  /**
   * Loads a file, or a folder with `tokenizer.json`, `tokenizer.model`, or `vocab.json` and `merges.txt`.
   *
   * @throws GristmillError `GM_TOKEN_UNREADABLE`, `GM_TOKEN_INVALID`, `GM_TOKEN_EMPTY_FOLDER`, `GM_TOKEN_NO_SPLIT`.
   */
  static async load(path: string, options: LoadTokenizerOptions = {}): Promise<Tokenizer> {
    return new Tokenizer(unwrap(await binding().openTokenizer(path, nativeOptions(options))));
  }

  /** Ids of one text, on the calling thread. */
  encode(text: string, { special = false }: EncodeOptions = {}): Uint32Array {
    const { data, offsets } = pack([text]);
    return unwrap(this.#native.encodeSync(data, offsets, special)).ids;
  }

  /** Ids of many texts. */
  async encodeBatch(texts: Texts, { special = false }: EncodeOptions = {}): Promise<PackedIds> {
    if ("offsets" in texts) return unwrap(await this.#native.encode(texts.data, texts.offsets, special));
    return await taken(texts, unwrap(this.#native.beginEncode(special, unitsOf(texts))));
  }

  /** Ids of many texts, on the calling thread. */
  encodeBatchSync(texts: Texts, { special = false }: EncodeOptions = {}): PackedIds {
    const { data, offsets } = packed(texts);
    return unwrap(this.#native.encodeSync(data, offsets, special));
  }

  /** Number of ids of each text; no ids are made. */
  async countBatch(texts: Texts, { special = false }: EncodeOptions = {}): Promise<Uint32Array> {
    if ("offsets" in texts) return unwrap(await this.#native.count(texts.data, texts.offsets, special));
    return await taken(texts, unwrap(this.#native.beginCount(special)));
  }

  /** Number of ids of each text, on the calling thread. */
  countBatchSync(texts: Texts, { special = false }: EncodeOptions = {}): Uint32Array {
    const { data, offsets } = packed(texts);
    return unwrap(this.#native.countSync(data, offsets, special));
  }

  /** Ids of one text with the bytes of its UTF-8 that each stands for. */
  locate(text: string, { special = false }: EncodeOptions = {}): PlacedIds {
    return unwrap(this.#native.locateSync(text, special));
  }

  /** The text of ids, on the calling thread. Bytes that are no character become U+FFFD. */
  decode(ids: Uint32Array | readonly number[], { skipSpecial = false }: DecodeOptions = {}): string {
    const list = idsOf(ids);
    const offsets = new Uint32Array([0, list.length]);
    return unpack(unwrap(this.#native.decodeSync(list, offsets, skipSpecial)))[0] ?? "";
  }

  /** The texts of many lists of ids. */
  async decodeBatch({ ids, offsets }: PackedIds, { skipSpecial = false }: DecodeOptions = {}): Promise<string[]> {
    return unpack(unwrap(await this.#native.decode(ids, offsets, skipSpecial)));
  }

  /** Decodes ids that arrive one by one, as a model writes them. */
  stream({ skipSpecial = false }: DecodeOptions = {}): TokenStream {
    return new TokenStream(unwrap(this.#native.stream(skipSpecial)));
  }

  /** Frees it. */
  close(): void {
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A text that comes about id by id; characters come out whole. */
export class TokenStream {
  readonly #native: NativeTokenStream;

  /** @internal */
  constructor(native: NativeTokenStream) {
    this.#native = native;
  }

  /** The text that these ids complete; half a character waits for the next ids. */
  push(ids: number | Uint32Array | readonly number[]): string {
    return unwrap(this.#native.push(idsOf(typeof ids === "number" ? [ids] : ids)));
  }

  /** What is left at the end; after it the stream is closed. */
  end(): string {
    return unwrap(this.#native.end());
  }
}

/** A tokenizer in the files of another program. */
export interface ConvertedTokenizer {
  /** The files, by name: text, or bytes where they are none. */
  files: Record<string, string | Uint8Array>;
  /** What the files do not say. */
  leftOut: string[];
}

/** Formats that a tokenizer can be written in. */
export const TOKENIZER_FORMATS = ["huggingface", "vocab_merges", "tiktoken", "sentence_piece"] as const;
export type TokenizerFormat = (typeof TOKENIZER_FORMATS)[number];

/** Files as they cross: those that are no text in base64. */
export type CrossedFiles = Record<string, string | { base64: string }>;

/** The files of a tokenizer in another format; refused with the reason where that cannot say the same. */
export async function convertTokenizerFiles(
  path: string,
  format: TokenizerFormat,
  options: LoadTokenizerOptions = {},
): Promise<ConvertedTokenizer> {
  const json = unwrap(await binding().convertTokenizer(path, nativeOptions(options), format));
  const { files, left_out: leftOut } = JSON.parse(json) as { files: CrossedFiles; left_out: string[] };
  return { files: uncrossed(files), leftOut };
}

/** Files as they are. */
export function uncrossed(files: CrossedFiles): Record<string, string | Uint8Array> {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === "string" ? content : Buffer.from(content.base64, "base64"),
    ]),
  );
}

function nativeOptions({ specialInText, split, arithmetic }: LoadTokenizerOptions): string {
  return JSON.stringify({
    ...(specialInText === undefined ? {} : { specials: specialInText }),
    ...(split === undefined ? {} : { split }),
    ...(arithmetic === undefined ? {} : { arithmetic }),
  });
}

/** Packs strings while the addon's threads work on those before. */
async function taken<T extends object>(texts: readonly string[], intake: NativeIntake<T>): Promise<T> {
  for (const { data, offsets } of packages(texts)) unwrap(intake.put(data, offsets));
  return unwrap(await intake.finish());
}

function packed(texts: Texts): PackedTexts {
  return "offsets" in texts ? texts : pack(texts);
}

/** @throws RangeError for a number that can be no id; `Uint32Array` alone would wrap it around. */
function idsOf(ids: Uint32Array | readonly number[]): Uint32Array {
  if (ids instanceof Uint32Array) return ids;
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id > 0xffff_ffff);
  if (wrong !== undefined) throw new RangeError(`${wrong} is not a token id`);
  return Uint32Array.from(ids);
}
