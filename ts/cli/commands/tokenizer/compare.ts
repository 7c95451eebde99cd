import type { TokenizerFigures, TokenizerSums } from "../../../api/index.ts";
import { bytes, grouped, percent } from "../../../report/figures.ts";
import { type Command, EXIT } from "../../command.ts";
import { usage } from "../../fail.ts";
import { columns } from "../../text-table.ts";
import { COUNTING, figures, ratio } from "./counting.ts";

export const compare: Command = {
  name: "tokenizer compare",
  summary: "Tokens, bytes a token, tokens a word and unused tokens of tokenizers, side by side",
  positionals: [{ name: "tokenizers", describe: "Files or folders", required: true, many: true }],
  options: {
    in: { type: "text", many: true, required: true, describe: "Files, folders or globs with texts; repeatable" },
    ...COUNTING,
  },
  examples: [
    ["gristmill tokenizer compare mine/tokenizer.json cl100k_base.tiktoken --in corpus.jsonl", "which is shorter"],
    ["gristmill tokenizer compare a.json b.json --in corpus.parquet --by language --json", "by language, for scripts"],
  ],
  async run(args, { output, signal }) {
    const tokenizers = args.list("tokenizers");
    if (tokenizers.length < 2) throw usage("two tokenizers are compared", "gristmill tokenizer count takes one");
    const found = await figures(args, tokenizers, signal);
    output.result(found, () => comparison(found).join("\n"));
    return EXIT.done;
  },
};

function comparison({ tokenizers, total, by }: TokenizerFigures): string[] {
  const head = ["tokenizer", "tokens", "bytes/token", "tokens/word", "differing texts", "unused"];
  const rows = (sums: TokenizerSums): string[][] =>
    tokenizers.map((one, i) => [
      one.path,
      grouped(sums.tokens[i] ?? 0),
      ratio(sums.bytes, sums.tokens[i] ?? 0),
      ratio(sums.tokens[i] ?? 0, sums.words),
      i === 0 ? "" : percent(sums.differing[i] ?? 0, sums.texts),
      `${grouped(one.unused_tokens)} of ${grouped(one.tokens)}`,
    ]);
  const right = [1, 2, 3, 4, 5];
  return [
    `${grouped(total.texts)} texts, ${bytes(total.bytes)}, ${grouped(total.words)} words`,
    ...columns([head, ...rows(total)], right),
    ...Object.entries(by ?? {}).flatMap(([value, sums]) => [
      "",
      `${value}: ${grouped(sums.texts)} texts, ${bytes(sums.bytes)}`,
      ...columns([head.slice(0, 5), ...rows(sums).map((row) => row.slice(0, 5))], right),
    ]),
  ];
}
