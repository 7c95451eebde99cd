import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runStep } from "../../ts/api/index.ts";
import { cleanDialogue } from "../baseline/clean-dialogue.ts";
import { addStats, closeTurns, dedupe } from "../baseline/dialogue-tools.ts";
import { readCsv } from "../baseline/read-csv.ts";
import { DATA, size } from "../inputs/data.ts";
import { DIALOGUES, dialoguesCsv } from "../inputs/dialogues.ts";
import type { Engine, Suite } from "../suite.ts";

/** Rows a second of the original programs: measured once on 23,220 dialogues, Python 3.11, 2 shared cores. */
const ORIGINAL = { clean: 1_200, dedupe: 12_000, close_turns: 33_000, screen_tos: 640 } as const;

type Row = readonly [text: string, turns: string];

const quoted = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
const line = (fields: readonly (string | number)[]) => fields.map((field) => quoted(String(field))).join(",");
const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** One tool from CSV to CSV, as its command does it; `work`: the same in JavaScript, where there is that. */
function tool(
  name: string,
  step: { name: string; options?: Record<string, unknown> },
  work: ((rows: Row[]) => Iterable<string>) | null,
  original?: number,
): Suite {
  return {
    name,
    summary: `${step.name}, CSV to CSV (native: the whole command)`,
    input: async () => size(await dialoguesCsv()),
    rows: DIALOGUES,
    ...(original === undefined ? {} : { original }),
    engines: [
      {
        name: "native",
        kind: "native",
        prepare: async (threads) => {
          const input = await dialoguesCsv();
          const out = join(DATA, "out", `${process.pid}-${name}.csv`);
          const run = async () => {
            await runStep(step.name, { inputs: [input], out, threads, options: step.options ?? {}, overwrite: true });
          };
          return { run, check: async () => run().then(() => hash(out)) };
        },
      },
      ...(work === null ? [] : [baseline(name, work)]),
    ],
    peers: [],
  };
}

/** The same in JavaScript. */
function baseline(name: string, work: (rows: Row[]) => Iterable<string>): Engine {
  return {
    name: "baseline",
    kind: "baseline",
    prepare: async () => {
      const input = await dialoguesCsv();
      const out = join(DATA, "out", `${process.pid}-${name}-js.csv`);
      const run = async () => {
        const rows: Row[] = [];
        for await (const [text = "", turns = ""] of readCsv(input)) rows.push([text, turns]);
        writeFileSync(out, `${[...work(rows.slice(1))].join("\n")}\n`);
      };
      return { run, check: async () => run().then(() => hash(out)) };
    },
  };
}

/** The tools people run one by one on a table of dialogues. */
export const TOOLS: readonly Suite[] = [
  tool(
    "clean-dialogues",
    // Without the rule that needs the product's word list, which the baseline does not have.
    { name: "clean_chat", options: { rules: { nword: "off" } } },
    (rows) => [
      "text,assistant_turns",
      ...rows.flatMap(([text, turns]) => {
        const cleaned = cleanDialogue(text);
        return cleaned === undefined ? [] : [line([cleaned, turns])];
      }),
    ],
    ORIGINAL.clean,
  ),
  tool(
    "dedupe",
    { name: "dedupe" },
    (rows) => ["text,assistant_turns", ...dedupe(rows.map(([text]) => text)).map((row) => line(rows[row] ?? []))],
    ORIGINAL.dedupe,
  ),
  tool(
    "close-turns",
    { name: "close_turns" },
    (rows) => ["text,assistant_turns", ...rows.map(([text, turns]) => line([closeTurns(text), turns]))],
    ORIGINAL.close_turns,
  ),
  // The original's tokenizer takes nearly all of its time and differs from user to user; no rate of it is known.
  tool("add-stats", { name: "add_stats", options: { others: "drop" } }, (rows) => [
    "text,tokens,turns,assistant_turns,characters,words",
    ...rows.map(([text]) => line([text, ...addStats(text)])),
  ]),
  // With a baseline in memory: `screen-terms`.
  tool("screen", { name: "screen_tos" }, null, ORIGINAL.screen_tos),
];
