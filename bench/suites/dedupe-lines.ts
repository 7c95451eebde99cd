import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runStep } from "../../ts/api/index.ts";
import { dedupeLines } from "../baseline/dedupe-lines.ts";
import type { TextRow } from "../baseline/read-jsonl.ts";
import { DATA, size } from "../inputs/data.ts";
import { proseJsonl } from "../inputs/prose.ts";
import type { Suite } from "../suite.ts";

const rowsOf = (path: string): TextRow[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TextRow);

/** The same rows are left, and no more than blank lines differ. */
function verdict(out: string): string {
  const left = new Map(rowsOf(out).map(({ id, text }) => [id, text]));
  const rows = rowsOf(proseJsonl());
  const bare = (text: string | null | undefined) => text?.replace(/\s+/g, " ").trim() ?? null;
  const wanted = dedupeLines(rows.map(({ text }) => text));
  const wrong = rows.filter(({ id }, row) => bare(left.get(id)) !== bare(wanted[row])).length;
  return wrong === 0 ? "cuts the lines that come again" : `${wrong} rows are not what they should be`;
}

/** From file to file, as its command does it. */
export const suite: Suite = {
  name: "dedupe-lines",
  summary: "dedupe_lines, normalised, JSONL to JSONL (native: the whole command)",
  input: async () => size(proseJsonl()),
  file: proseJsonl,
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (threads) => {
        const out = join(DATA, "out", `${process.pid}-lines.jsonl`);
        const run = async () => {
          await runStep("dedupe_lines", { inputs: [proseJsonl()], out, threads, options: {}, overwrite: true });
        };
        return { run, check: async () => run().then(() => verdict(out)) };
      },
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: async () => {
        const out = join(DATA, "out", `${process.pid}-lines-js.jsonl`);
        const run = async () => {
          const rows = rowsOf(proseJsonl());
          const texts = dedupeLines(rows.map(({ text }) => text));
          const lines = rows.flatMap((row, at) => {
            const text = texts[at] ?? null;
            return text === null ? [] : [JSON.stringify({ ...row, text })];
          });
          writeFileSync(out, `${lines.join("\n")}\n`);
        };
        return { run, check: async () => run().then(() => verdict(out)) };
      },
    },
  ],
  peers: [],
};
