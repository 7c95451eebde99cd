/** English prose as rows of id and text, and a unigram model of it. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { trainTokenizer } from "../../ts/api/index.ts";
import { DATA, messagesJsonl } from "./data.ts";

const PACKED = join(dirname(fileURLToPath(import.meta.url)), "../../../shared/data/perf/prose_40m.jsonl.zst");
const WHOLE = join(DATA, "prose_40m.jsonl");
const MODEL = join(DATA, "unigram");
const TRAIN_BYTES = 10e6;

/** Options of the model, the same for all trainers. */
export const UNIGRAM = { model: "unigram", vocab_size: 32_000, byte_fallback: true, character_coverage: 0.9995 };

/** All of it: the shared set, or the chat messages where that is missing. */
export function proseJsonl(): string {
  if (existsSync(WHOLE)) return WHOLE;
  mkdirSync(DATA, { recursive: true });
  if (!existsSync(PACKED)) return messagesJsonl();
  const unpacked = spawnSync("zstd", ["-q", "-f", "-d", PACKED, "-o", `${WHOLE}.tmp`], { encoding: "utf8" });
  if (unpacked.status !== 0) throw new Error(`install zstd to unpack ${PACKED}: ${unpacked.stderr}`);
  renameSync(`${WHOLE}.tmp`, WHOLE);
  return WHOLE;
}

/** The first 10 MB, to train on. */
export function proseStart(): string {
  const path = join(DATA, "prose-10mb.jsonl");
  if (existsSync(path)) return path;
  const all = readFileSync(proseJsonl());
  writeFileSync(`${path}.tmp`, all.subarray(0, all.lastIndexOf(10, TRAIN_BYTES) + 1));
  renameSync(`${path}.tmp`, path);
  return path;
}

export const textsOf = (path: string): string[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { text: string }).text);

/** Folder of the model trained on the start. */
export async function unigramModel(): Promise<string> {
  if (!existsSync(join(MODEL, "tokenizer.model"))) {
    await trainTokenizer({ inputs: [proseStart()], out: MODEL, options: UNIGRAM, overwrite: true });
  }
  return MODEL;
}
