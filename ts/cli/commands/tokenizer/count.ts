import { bytes, grouped } from "../../../report/figures.ts";
import { type Command, EXIT } from "../../command.ts";
import { columns } from "../../text-table.ts";
import { COUNTING, figures, ratio } from "./counting.ts";

export const count: Command = {
  name: "tokenizer count",
  summary: "Count the tokens of files",
  positionals: [{ name: "in", describe: "Files, folders or globs", required: true, many: true }],
  options: {
    tokenizer: { type: "text", required: true, describe: "File or folder of the tokenizer" },
    ...COUNTING,
  },
  examples: [
    ["gristmill tokenizer count corpus.jsonl --tokenizer tokenizer.json", "how many tokens is that"],
    ["gristmill tokenizer count corpus.parquet --tokenizer tokenizer.json --by source", "by source"],
  ],
  async run(args, { output, signal }) {
    const { tokenizers, total, by } = await figures(args, [args.text("tokenizer") ?? ""], signal);
    const tokens = total.tokens[0] ?? 0;
    const one = (sums: typeof total) => ({
      texts: sums.texts,
      bytes: sums.bytes,
      characters: sums.characters,
      words: sums.words,
      tokens: sums.tokens[0] ?? 0,
      refused: sums.refused[0] ?? 0,
    });
    const document = {
      tokenizer: tokenizers[0],
      ...one(total),
      by: by === null ? null : Object.fromEntries(Object.entries(by).map(([value, sums]) => [value, one(sums)])),
    };
    output.result(document, () =>
      [
        `${grouped(tokens)} tokens in ${grouped(total.texts)} texts, ${bytes(total.bytes)}`,
        `  ${ratio(total.bytes, tokens)} bytes a token, ${ratio(tokens, total.words)} tokens a word`,
        ...columns(
          Object.entries(by ?? {}).map(([value, sums]) => [
            "",
            value,
            `${grouped(sums.tokens[0] ?? 0)} tokens`,
            `${grouped(sums.texts)} texts`,
            `${ratio(sums.bytes, sums.tokens[0] ?? 0)} bytes a token`,
          ]),
          [2, 3, 4],
        ),
      ].join("\n"),
    );
    return EXIT.done;
  },
};
