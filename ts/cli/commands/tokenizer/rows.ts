import { decode as decodeStep } from "../../../steps/decode.ts";
import { encode as encodeStep } from "../../../steps/encode.ts";
import type { Command } from "../../command.ts";
import { stepCommand } from "../../step-command.ts";

/** The steps of the same names, under the name people look for. */
export const encode: Command = {
  ...stepCommand(encodeStep),
  name: "tokenizer encode",
  examples: [
    ["gristmill tokenizer encode in.jsonl --tokenizer tokenizer.json -o out.jsonl", "ids beside the other columns"],
    ["gristmill tokenizer encode in.csv --tokenizer cl100k_base.tiktoken -o out.parquet --column body", "any format"],
  ],
};

export const decode: Command = {
  ...stepCommand(decodeStep),
  name: "tokenizer decode",
  examples: [
    ["gristmill tokenizer decode ids.jsonl --tokenizer tokenizer.json -o texts.jsonl", "text from the column ids"],
  ],
};
