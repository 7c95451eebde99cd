import { bytes, grouped } from "../../report/figures.ts";
import { visibleJson } from "../../report/visible.ts";
import { loadApi } from "../api.ts";
import { type Command, EXIT, given } from "../command.ts";
import { parseCount } from "../quantities.ts";

/** Longer values are cut off on the screen; `--json` shows them whole. */
const SHOWN_CHARS = 400;

export const inspect: Command = {
  name: "inspect",
  summary: "First rows, columns and number of rows of any supported file",
  positionals: [
    {
      name: "file",
      describe: "CSV, JSONL, JSON, Parquet, Arrow, text or chat export, compressed or not",
      required: true,
    },
  ],
  options: {
    rows: { type: "number", short: "n", describe: "Rows shown", default: "5" },
    format: { type: "text", describe: "Kind of source", default: "by ending, then by content" },
    "no-count": { type: "flag", describe: "Stop after the rows shown instead of counting all" },
  },
  examples: [
    ["gristmill inspect out/data/train-00000-of-00001.parquet", "what training would see"],
    ["gristmill inspect export.json.gz --format discord -n 1", "one message of an export"],
  ],
  async run(args, { output, signal }) {
    const file = args.text("file") ?? "";
    const wanted = parseCount(args.number("rows"), "rows", 0) ?? 5;
    const { stat } = await import("node:fs/promises");
    const size = (await stat(file)).size;
    const api = await loadApi();
    const rows: Record<string, unknown>[] = [];
    let columns: string[] = [];
    let count = 0;
    let whole = true;
    for await (const batch of api.readBatches(file, given({ format: args.text("format") }))) {
      if (count === 0) columns = batch.columns;
      if (rows.length < wanted) rows.push(...batch.rows().slice(0, wanted - rows.length));
      count += batch.length;
      whole = !(args.flag("no-count") && rows.length >= wanted) && !signal.aborted;
      if (!whole) break;
    }
    if (signal.aborted) return EXIT.cancelled;
    const document = { file, bytes: size, columns, rows: whole ? count : null, first: rows.map(plainRow) };
    output.result(document, () =>
      [
        `${file}  ${bytes(size)}${whole ? `, ${grouped(count)} rows` : ""}`,
        `columns  ${columns.join(", ")}`,
        ...rows.flatMap((row, i) => [
          `row ${i + 1}`,
          ...Object.entries(plainRow(row)).map(([name, value]) => `  ${name}: ${shown(value)}`),
        ]),
      ].join("\n"),
    );
    return EXIT.done;
  },
};

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
