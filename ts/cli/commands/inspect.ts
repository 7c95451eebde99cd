import { stat } from "node:fs/promises";
import type { SampledRows, TokenView } from "../../api/index.ts";
import { bytes, grouped } from "../../report/figures.ts";
import { factsOf, plainLines, type Stretch, stretches, type TokenTextOptions } from "../../report/token-text.ts";
import { visibleJson } from "../../report/visible.ts";
import { loadApi } from "../api.ts";
import { type Arguments, type Command, EXIT, given } from "../command.ts";
import { usage } from "../fail.ts";
import type { Color, Output, Piece } from "../output.ts";
import { parseCount } from "../quantities.ts";

/** Longer values are cut off on the screen; `--json` shows them whole. */
const SHOWN_CHARS = 400;
/** Tokens shown of a row. */
const SHOWN_TOKENS = 400;

/** Columns of text, in the order in which they are looked for. */
const TEXTS = ["text", "content", "code", "prompt", "messages", "conversations"];

export const inspect: Command = {
  name: "inspect",
  summary: "Rows, columns and number of rows of any supported file; rows of token ids as text",
  about: [
    "With --tokenizer rows are shown as tokens: special ones marked, where sequences begin, what is learnt, what is",
    "masked and what fills up, and what fill in the middle has rearranged in its own order besides. On a terminal",
    "tokens come in shades: green is learnt, blue is learnt with a weight, grey is masked. Elsewhere bars part tokens",
    "and a word stands before each run. With --where and --language only rows of these values are shown and counted.",
    "--raw without --tokenizer prints the text of the rows alone, uncut and as it is, for pipes.",
  ].join(" "),
  positionals: [
    {
      name: "file",
      describe:
        "CSV, JSONL, JSON, Parquet, Arrow, text, chat export, NumPy, Megatron or MDS; a folder of such files or a finished build",
      required: true,
    },
  ],
  options: {
    rows: { type: "number", short: "n", also: ["n"], describe: "Rows shown", default: "5" },
    seed: { type: "number", describe: "Show rows from all over the input, chosen by this seed", default: "the first" },
    where: {
      type: "text",
      many: true,
      describe: "Only rows with this value, as COLUMN=VALUE; several times: rows with all of them",
    },
    language: { type: "text", describe: "Only rows of this language, by a column language, lang or the like" },
    format: { type: "text", describe: "Kind of source", default: "by ending, then by content" },
    "no-count": { type: "flag", describe: "Stop after the rows shown instead of counting all" },
    tokenizer: { type: "text", describe: "Show token ids as text with this tokenizer" },
    column: { type: "text", describe: "Column of token ids, or of text", default: "input_ids, ids, tokens or text" },
    tokens: { type: "number", describe: "Tokens shown of a row; 0: all", default: `${SHOWN_TOKENS}` },
    raw: { type: "flag", describe: "The text alone, uncut; of tokens ids too, and nothing put back into its order" },
    html: { type: "text", describe: "Write the rows as tokens into this page as well" },
    overwrite: { type: "flag", describe: "Replace that page if it is there" },
  },
  examples: [
    ["gristmill inspect out/data/train-00000-of-00001.parquet", "what training would see"],
    ["gristmill inspect code.parquet -n 10 --seed 0 --language python", "ten rows of one language, from all over"],
    ["gristmill inspect out --where license=mit --where stars=0 --json", "rows with two values, as JSON"],
    ["gristmill inspect out -n 100 --seed 0 --raw | less", "the text of a hundred rows, as it is"],
    ["gristmill inspect export.json.gz --format discord -n 1", "one message of an export"],
    ["gristmill inspect out --tokenizer tokenizer.json -n 10 --seed 0", "ten rows as tokens, with what is learnt"],
  ],
  async run(args, { output, signal }) {
    const file = args.text("file") ?? "";
    const rows = parseCount(args.number("rows"), "rows", 0) ?? 5;
    const seed = parseCount(args.number("seed"), "seed", 0);
    const tokenizer = args.text("tokenizer");
    const where = conditions(args.list("where"));
    if (tokenizer === undefined) {
      const lone = ["tokens", "html", "overwrite", ...(args.flag("raw") ? [] : ["column"])].find((name) =>
        args.has(name),
      );
      if (lone !== undefined)
        throw usage(`--${lone} needs --tokenizer${lone === "column" ? " or --raw" : ""}`, "gristmill inspect --help");
    }
    // A path that is not there is told before the addon is loaded.
    await stat(file);
    const api = await loadApi();
    const read = given({ format: args.text("format"), seed, language: args.text("language") });
    const raw = tokenizer === undefined && args.flag("raw") && !output.options.json;
    const noCount = args.flag("no-count") || raw;
    const sampled = await api.sampleRows(file, { ...read, where, rows, signal, noCount });
    if (signal.aborted) return EXIT.cancelled;
    if (sampled.count === 0 && (args.has("where") || args.has("language"))) {
      output.note("no row has these values; capitals and blanks count");
    }
    if (raw) printTexts(sampled, args.text("column"), output);
    else if (tokenizer === undefined) showRows(file, sampled, output);
    else await showTokens(file, tokenizer, sampled, args, output);
    return EXIT.done;
  },
};

/** `COLUMN=VALUE`; a value may hold more of these signs. */
function conditions(given: readonly string[]): Record<string, string> {
  const where: Record<string, string> = {};
  for (const one of given) {
    const at = one.indexOf("=");
    if (at < 1) throw usage(`--where ${one} is not COLUMN=VALUE`, "e.g. --where language=python");
    const column = one.slice(0, at);
    if (column in where) throw usage(`--where names ${column} twice; a row has one value there`, "name it once");
    where[column] = one.slice(at + 1);
  }
  return where;
}

/** The texts, each ending with a line break. */
function printTexts({ columns, rows }: SampledRows, wanted: string | undefined, output: Output): void {
  const column = wanted ?? TEXTS.find((name) => columns.includes(name));
  if (column === undefined || !columns.includes(column)) {
    const message = column === undefined ? "no column is called like text" : `there is no column "${column}"`;
    throw usage(`${message}; columns: ${columns.join(", ")}`, "name one with --column");
  }
  for (const { row } of rows) {
    const value = row[column];
    if (value === null || value === undefined) continue;
    const text = typeof value === "string" ? value : JSON.stringify(plainRow({ value }).value);
    output.raw(text.endsWith("\n") ? text : `${text}\n`);
  }
}

function head(file: string, { size, count }: SampledRows): string {
  return `${file}  ${bytes(size)}${count === null ? "" : `, ${grouped(count)} rows`}`;
}

function showRows(file: string, sampled: SampledRows, output: Output): void {
  const { columns, count, size } = sampled;
  const rows = sampled.rows.map(({ row }) => plainRow(row));
  output.result({ file, bytes: size, columns, rows: count, first: rows }, () =>
    [
      head(file, sampled),
      `columns  ${columns.join(", ")}`,
      ...rows.flatMap((row, i) => [
        `row ${i + 1}`,
        ...Object.entries(row).map(([name, value]) => `  ${name}: ${shown(value)}`),
      ]),
    ].join("\n"),
  );
}

async function showTokens(
  file: string,
  path: string,
  sampled: SampledRows,
  args: Arguments,
  output: Output,
): Promise<void> {
  const api = await loadApi();
  const options: TokenTextOptions = {
    most: parseCount(args.number("tokens"), "tokens", 0) ?? SHOWN_TOKENS,
    ids: args.flag("raw"),
  };
  const views = await api.tokenViews(sampled, path, given({ column: args.text("column"), raw: args.flag("raw") }));
  const page = args.text("html");
  if (page !== undefined) {
    await api.writeTokenPage(page, { title: file, rows: views, ...options, overwrite: args.flag("overwrite") });
  }
  const { columns, count, size } = sampled;
  if (output.options.json) {
    output.result(
      { file, bytes: size, columns, rows: count, first: views.map(({ id, view }) => ({ id, ...view })) },
      () => "",
    );
    return;
  }
  output.print(head(file, sampled));
  for (const [i, { id, view }] of views.entries()) {
    const line = `row ${i + 1}  ${id}  ${factsOf(view)}`;
    if (output.paints) paintRow(line, view, options, output);
    else output.print([line, ...plainLines(view, options)].join("\n"));
  }
  if (page !== undefined) output.note(`written: ${page}`);
}

function paintRow(line: string, view: TokenView, options: TokenTextOptions, output: Output): void {
  output.paint([{ color: "bold", text: line }]);
  output.paint(stretches(view, options).map(painted));
}

function painted({ look, second, text }: Stretch): Piece {
  const colors: Record<Stretch["look"], readonly [Color, Color]> = {
    learnt: ["learnt", "learnt2"],
    partly: ["partly", "partly2"],
    masked: ["masked", "masked2"],
    special: ["special", "special"],
    "learnt-special": ["learntSpecial", "learntSpecial"],
    filling: ["filling", "filling"],
    note: ["dim", "dim"],
  };
  return { color: colors[look][second ? 1 : 0], text };
}

/** Whole numbers beyond 2^53 as text, which JSON can hold. */
function plainRow(row: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(row, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  return JSON.parse(text) as Record<string, unknown>;
}

function shown(value: unknown): string {
  const text = visibleJson(value);
  const chars = [...text];
  return chars.length <= SHOWN_CHARS
    ? text
    : `${chars.slice(0, SHOWN_CHARS).join("")}... (${grouped(chars.length)} characters)`;
}
