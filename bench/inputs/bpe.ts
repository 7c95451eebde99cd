/** A byte-level tokenizer to encode with, and how it is trained. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { trainTokenizer } from "../../ts/api/index.ts";
import { DATA } from "./data.ts";
import { proseStart } from "./prose.ts";

const MODEL = join(DATA, "bpe");

/** Options of the model, the same for all trainers. */
export const BPE = { model: "bpe", vocab_size: 32_000, special_tokens: [], split: "llama3" };

/** The `tokenizer.json` that `BPE_TOKENIZER` names, which must have the split of Llama 3, or one trained on the start of the prose. */
export async function bpeTokenizer(): Promise<string> {
  const named = process.env["BPE_TOKENIZER"];
  if (named !== undefined) return named;
  const path = join(MODEL, "tokenizer.json");
  if (!existsSync(path)) await trainTokenizer({ inputs: [proseStart()], out: MODEL, options: BPE, overwrite: true });
  return path;
}
