import { loadApi } from "../../api.ts";
import { type Command, EXIT } from "../../command.ts";
import { usage } from "../../fail.ts";
import { LOAD, loadOptions } from "./load-options.ts";

/** What people call the formats. */
const FORMATS = {
  "tokenizer.json": "huggingface",
  "vocab-merges": "vocab_merges",
  tiktoken: "tiktoken",
  model: "sentence_piece",
} as const;

export const convert: Command = {
  name: "tokenizer convert",
  summary: "Write a tokenizer in the files of another program",
  about: [
    "Refused with the reason where the other format cannot say the same. What it leaves out (the split,",
    "special tokens) is told.",
  ].join(" "),
  positionals: [{ name: "tokenizer", describe: "File or folder", required: true }],
  options: {
    to: { type: "text", required: true, choices: Object.keys(FORMATS), describe: "Format to write" },
    out: { type: "text", short: "o", required: true, describe: "Folder for the files; with tiktoken the one file" },
    overwrite: { type: "flag", describe: "Replace files of the same names" },
    ...LOAD,
  },
  examples: [
    ["gristmill tokenizer convert cl100k_base.tiktoken --to tokenizer.json -o cl100k", "for Hugging Face's libraries"],
    ["gristmill tokenizer convert tokenizer.json --to tiktoken -o mine.tiktoken", "for tiktoken"],
    ["gristmill tokenizer convert spiece.model --to tokenizer.json -o folder", "from SentencePiece to Hugging Face"],
  ],
  async run(args, { output }) {
    const to = args.text("to") ?? "";
    const format = Object.entries(FORMATS).find(([name]) => name === to)?.[1];
    if (format === undefined) throw usage(`--to ${to}: one of ${Object.keys(FORMATS).join(", ")}`);
    const api = await loadApi();
    const { files, leftOut } = await api.convertTokenizer(args.text("tokenizer") ?? "", format, {
      out: args.text("out") ?? "",
      overwrite: args.flag("overwrite"),
      ...loadOptions(args),
    });
    for (const what of leftOut) output.note(`left out: ${what}`);
    output.result({ files, left_out: leftOut }, () => files.join("\n"));
    return EXIT.done;
  },
};
