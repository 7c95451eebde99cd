import { type Command, EXIT } from "../../command.ts";
import { compare } from "./compare.ts";
import { convert } from "./convert.ts";
import { count } from "./count.ts";
import { inspect } from "./inspect.ts";
import { decode, encode } from "./rows.ts";
import { train } from "./train.ts";

/** Everything around tokenizers. */
export const tokenizer: Command = {
  name: "tokenizer",
  summary: "Train, use, inspect, compare and convert tokenizers",
  about: [
    "A tokenizer is a tokenizer.json, a tiktoken file of ranks, vocab.json beside merges.txt,",
    "or a folder with such files.",
  ].join(" "),
  positionals: [],
  options: {},
  examples: [
    ["gristmill tokenizer train corpus.jsonl -o my-tokenizer --vocab-size 32000", "a new one"],
    ["gristmill tokenizer encode in.jsonl --tokenizer my-tokenizer -o ids.jsonl", "ids beside the other columns"],
    ["gristmill tokenizer compare my-tokenizer other/tokenizer.json --in corpus.jsonl", "side by side"],
  ],
  sub: [train, encode, decode, inspect, convert, compare, count],
  // Without a command under it, help is shown before anything runs.
  run: async () => EXIT.usage,
};
