import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import {
  type CrossedFiles,
  convertTokenizerFiles,
  GristmillError,
  type LoadTokenizerOptions,
  type TokenizerFormat,
  uncrossed,
} from "../native/index.ts";
import type { FinishedBuild } from "../run/index.ts";
import { buildFiles } from "./file-build.ts";
import { noFolder, writeFiles } from "./target.ts";
import type { FileOptions } from "./types.ts";

/** What training came to. */
export interface TrainReport {
  texts: number;
  bytes: number;
  words: number;
  distinct_words: number;
  /** Size of the vocabulary, special tokens included. */
  vocabulary: number;
  merges: number;
  /** Tokens of the corpus with it. */
  tokens: number;
  /** Tokens that the corpus itself has no use for. */
  unused_tokens: number;
}

/** Inputs of training, and options of the step `train_tokenizer` in camel case or as recipes write them. */
export interface TrainTokenizerOptions extends FileOptions {
  /** Folder for the files; made if it is not there. */
  out: string;
  /** Options of the step `train_tokenizer`. */
  options?: Record<string, unknown>;
  overwrite?: boolean;
}

/** Trains a tokenizer on files and writes its files into a folder. */
export async function trainTokenizer(
  given: TrainTokenizerOptions,
): Promise<{ out: string; files: string[]; report: TrainReport }> {
  const out = resolve(given.out);
  if ((await stat(dirname(out)).catch(() => null))?.isDirectory() !== true) throw noFolder(out);
  const { files, report } = await fold<{ files: CrossedFiles; report: TrainReport }>(
    given,
    "train_tokenizer",
    given.options ?? {},
  );
  await mkdir(out, { recursive: true });
  const paths = Object.entries(uncrossed(files)).map(([name, content]): [string, string | Uint8Array] => [
    join(out, name),
    content,
  ]);
  await writeFiles(paths, given.overwrite ?? false);
  return { out, files: Object.keys(files), report };
}

/** Sums over texts, one number per tokenizer where it is a list. */
export interface TokenizerSums {
  texts: number;
  bytes: number;
  characters: number;
  words: number;
  tokens: number[];
  /** Texts whose ids are not those of the first tokenizer. */
  differing: number[];
  /** Texts refused for the text of a special token. */
  refused: number[];
}

/** Tokenizers side by side. */
export interface TokenizerFigures {
  tokenizers: { path: string; engine: string; tokens: number; used_tokens: number; unused_tokens: number }[];
  total: TokenizerSums;
  /** Per value of the column `by`. */
  by: Record<string, TokenizerSums> | null;
}

export interface CompareTokenizersOptions extends FileOptions, LoadTokenizerOptions {
  /** Paths of tokenizers. */
  tokenizers: readonly string[];
  column?: string;
  /** Column whose values are reported apart. */
  by?: string;
}

/** Counts the tokens of files with one or several tokenizers. */
export async function compareTokenizers(given: CompareTokenizersOptions): Promise<TokenizerFigures> {
  const { tokenizers, column = "text", by = null, specialInText = "ignore", split = null } = given;
  const paths = tokenizers.map((path) => resolve(path));
  const options = { tokenizers: paths, column, by, special_in_text: specialInText, split };
  const figures = await fold<TokenizerFigures>(given, "tokenizer_report", options);
  return {
    ...figures,
    tokenizers: figures.tokenizers.map((one, i) => ({ ...one, path: tokenizers[i] ?? one.path })),
  };
}

/** Writes a tokenizer in another format. `out` is a folder, of `tiktoken` one file. */
export async function convertTokenizer(
  path: string,
  format: TokenizerFormat,
  given: LoadTokenizerOptions & { out: string; overwrite?: boolean },
): Promise<{ files: string[]; leftOut: string[] }> {
  const { files, leftOut } = await convertTokenizerFiles(path, format, given);
  const out = resolve(given.out);
  const single = format === "tiktoken";
  if (!single) {
    if ((await stat(dirname(out)).catch(() => null))?.isDirectory() !== true) throw noFolder(out);
    await mkdir(out, { recursive: true });
  }
  const targets = Object.entries(files).map(([name, content]): [string, string | Uint8Array] => [
    single ? out : join(out, name),
    content,
  ]);
  await writeFiles(targets, given.overwrite ?? false);
  return { files: targets.map(([target]) => target), leftOut };
}

/** The result of a step's fold over all rows of files; nothing but the result is kept. */
async function fold<T>(given: FileOptions, step: string, options: Record<string, unknown>): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), "gristmill-"));
  try {
    let result: T | null = null;
    const read = async ({ folds }: FinishedBuild): Promise<string[]> => {
      const path = folds.find((one) => one.step === step)?.path;
      if (path !== undefined) result = JSON.parse(await readFile(path, "utf8")) as T;
      return [];
    };
    // A recipe has an output; this one reads the same column and costs next to nothing.
    const column = typeof options.column === "string" ? options.column : "text";
    const inputs = given.inputs.map((path) => resolve(path));
    const output = { token_report: { about: ["turns"], column } };
    await buildFiles(work, [{ name: step, options }], [output], { ...given, inputs }, { reporter: read });
    if (result === null) throw new GristmillError("GM_INTERNAL_STEP", "failed", `${step} gave no result`);
    return result;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
