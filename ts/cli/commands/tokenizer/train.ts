import { bytes, grouped, percent } from "../../../report/figures.ts";
import { trainTokenizer } from "../../../steps/train-tokenizer.ts";
import { loadApi } from "../../api.ts";
import { logFormat } from "../../build-options.ts";
import { type Command, EXIT } from "../../command.ts";
import { followProgress } from "../../progress.ts";
import { optionsOf, valuesOf } from "../../schema-options.ts";
import { fileOptions, GENERAL, sourceOptions } from "../../step-command.ts";
import type { DottedOption } from "../../words.ts";

const { into: _into, ...own } = optionsOf(trainTokenizer);
const { trace: _trace, ...general } = GENERAL;

export const train: Command = {
  name: "tokenizer train",
  summary: "Train a tokenizer on files",
  about: [
    "Byte-level byte-pair encoding with the result of Hugging Face's trainer to the last merge. Writes",
    "tokenizer.json, tokenizer_config.json, special_tokens_map.json, vocab.json and merges.txt.",
  ].join(" "),
  positionals: [{ name: "in", describe: "Files, folders or globs", required: true, many: true }],
  options: {
    ...general,
    out: { type: "text", short: "o", required: true, describe: "Folder for the files of the tokenizer" },
    overwrite: { type: "flag", describe: "Replace files of the same names in the folder" },
    ...own,
  },
  examples: [
    ["gristmill tokenizer train corpus.jsonl -o my-tokenizer", "32,000 tokens, split as GPT-2 does"],
    [
      "gristmill tokenizer train 'src/**/*.parquet' -o tok --column content --vocab-size 49152 --digits individual",
      "code",
    ],
    [
      "gristmill tokenizer train corpus.jsonl -o tok --split cl100k --special-tokens '<|endoftext|>,<|pad|>,<|user|>'",
      "",
    ],
  ],
  async run(args, { output, signal }) {
    const dotted = (args.value("dotted") ?? []) as DottedOption[];
    const options = valuesOf(
      trainTokenizer,
      (name) => (name === "into" ? undefined : args.value(name)),
      dotted.filter(({ name }) => name !== "source"),
    );
    const progress = followProgress(output, logFormat(args));
    const api = await loadApi();
    try {
      const result = await api.trainTokenizer({
        inputs: args.list("in"),
        out: args.text("out") ?? "",
        options,
        source: sourceOptions(dotted, args.text("source")),
        overwrite: args.flag("overwrite"),
        ...fileOptions(args, own),
        signal,
        onEvent: progress.onEvent,
      });
      progress.close();
      const { report } = result;
      output.result(result, () =>
        [
          `${grouped(report.vocabulary)} tokens, ${grouped(report.merges)} merges: ${result.out}`,
          `  trained on  ${grouped(report.texts)} texts, ${bytes(report.bytes)}, ${grouped(report.words)} words (${grouped(report.distinct_words)} distinct)`,
          `  on them     ${ratio(report.bytes, report.tokens)} bytes a token, ${ratio(report.tokens, report.words)} tokens a word`,
          `  unused      ${grouped(report.unused_tokens)} tokens, ${percent(report.unused_tokens, report.vocabulary)}`,
        ].join("\n"),
      );
      return EXIT.done;
    } finally {
      progress.close();
    }
  },
};

function ratio(part: number, whole: number): string {
  return whole === 0 ? "-" : (part / whole).toFixed(2);
}
