import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBatches } from "../api/index.ts";
import { STEPS } from "../steps/index.ts";
import { addon, expectBalanced, expectFailure, gristmill, type ManifestOnDisk, root } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-step-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FORMATS = ["csv", "parquet", "jsonl"] as const;

/** Options on the command line that a step cannot do without, or that make it do something here. */
const ARGS: Readonly<Record<string, string[]>> = {
  decontaminate: ["--benchmarks", join(root, "fixtures/steps/decontaminate-drop/benchmark.jsonl")],
  drop_columns: ["--columns", "channel_id"],
  limit: ["--rows", "20"],
  sample: ["--fraction", "0.5"],
  sort: ["--by", "id"],
  dedupe: ["--by", "exact"],
  dedupe_lines: ["--changes", "off"],
  min_turns: ["--min", "2"],
  add_stats: ["--tokenizer", "words"],
  count_tokens: ["--tokenizer", "words"],
  encode: ["--tokenizer", join(root, "fixtures/steps/encode-bpe/tokenizer.json")],
  decode: [
    "--tokenizer",
    join(root, "fixtures/steps/encode-bpe/tokenizer.json"),
    "--column",
    "list",
    "--into",
    "shown",
  ],
  train_tokenizer: ["--vocab-size", "280", "--overwrite"],
  join_files: ["--repository", "mark", "--path", "note", "--max-bytes", "2000"],
  pack: ["--column", "list", "--length", "8"],
  mix: ["--measure", "rows", "--weights.mark.3", "0", "--weights.mark.other", "1"],
  tokenizer_report: ["--tokenizers", join(root, "fixtures/steps/encode-bpe/tokenizer.json"), "--overwrite"],
};
/** Steps over messages; all others are given dialogues. */
const OVER_MESSAGES = new Set(["filter_messages", "build_dialogues"]);
/** Steps that make rows of their own, in which columns of the old ones have no place. */
const MAKES_ROWS = new Set(["build_dialogues", "pack", "join_files"]);

/** Steps that choose by the hash of the id, which holds the name of the file where no key is given. */
const CHOOSE_BY_ID = new Set(["sample", "fim", "pack", "train_test_split"]);
/** Steps whose order goes by that hash: the rows are the same, in another order. */
const ORDER_BY_ID = new Set(["shuffle", "resample"]);

type Row = Record<string, unknown>;

/** A value as formats without types have it. */
function asText(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : `${value ?? ""}`;
}

const byNote = (a: Row, b: Row): number => String(a.note).localeCompare(String(b.note));

async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return rows;
}

async function run(args: string[]): Promise<{ rows: number; steps: ManifestOnDisk["steps"] }> {
  const result = await gristmill([...args, "--json"], { cwd: folder });
  expect(result.code, `${args.join(" ")}\n${result.stderr}`).toBe(0);
  return JSON.parse(result.stdout) as { rows: number; steps: ManifestOnDisk["steps"] };
}

beforeAll(async () => {
  if (!addon) return;
  // Messages and dialogues with two further columns, in each format.
  const sample = join(root, "fixtures/recipes/discord/export.json.gz");
  await run(["limit", sample, "--rows", "600", "-o", "plain.jsonl"]);
  await run(["filter_messages", "plain.jsonl", "-o", "kept.jsonl"]);
  await run(["build_dialogues", "kept.jsonl", "-o", "dialogues-plain.jsonl"]);
  for (const [from, to] of [
    ["plain", "messages"],
    ["dialogues-plain", "dialogues"],
  ]) {
    const lines = readFileSync(join(folder, `${from}.jsonl`), "utf8")
      .trim()
      .split("\n");
    const rows = lines.map((line, i) => ({
      ...(JSON.parse(line) as Row),
      note: `note ${i}, "quoted"`,
      mark: `${i % 7}`,
      list: "[1, 2, 3]",
    }));
    writeFileSync(join(folder, `${to}.jsonl`), `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
    await run(["limit", `${to}.jsonl`, "--rows", "100000", "-o", `${to}.csv`]);
    await run(["limit", `${to}.jsonl`, "--rows", "100000", "-o", `${to}.parquet`]);
  }
});

describe.skipIf(!addon)("every step is a command", () => {
  it.each(STEPS.map(({ name }) => name))(
    "%s, from and to CSV, Parquet and JSON Lines, with its trace",
    async (name) => {
      const source = OVER_MESSAGES.has(name) ? "messages" : "dialogues";
      const results: Row[][] = [];
      for (const [i, format] of FORMATS.entries()) {
        const to = FORMATS[(i + 1) % FORMATS.length] ?? "jsonl";
        const out = `${name}-from-${format}.${to}`;
        const trace = `${name}-trace-${format}.${["jsonl", "parquet", "csv"][i]}`;
        const more = name === "sort_by_richness" ? [] : (ARGS[name] ?? []);
        const { rows, steps } = await run([name, `${source}.${format}`, "-o", out, "--trace", trace, ...more]);
        expectBalanced({ steps });
        const written = await rowsOf(join(folder, out));
        expect(written).toHaveLength(rows);
        const own = steps.find((step) => step.name === name);
        const turnedAway = Object.values(own?.dropped ?? {}).reduce((sum, n) => sum + n, 0) + (own?.merged ?? 0);
        expect((await rowsOf(join(folder, trace))).length, trace).toBe(turnedAway);
        // Text may stand for a number where the format knows no types.
        results.push(
          written.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, asText(value)]))),
        );
      }
      expect(results[0]?.length).toBeGreaterThan(0);
      const sets = ORDER_BY_ID.has(name) ? results.map((rows) => rows.toSorted(byNote)) : results;
      for (const rows of CHOOSE_BY_ID.has(name) ? [] : sets.slice(1)) expect(rows).toEqual(sets[0]);
      if (MAKES_ROWS.has(name)) return;
      // Further columns came through untouched, each with its own row.
      const before = new Map((await rowsOf(join(folder, `${source}.jsonl`))).map((row) => [String(row.note), row]));
      for (const row of results[0] ?? []) {
        const old = before.get(String(row.note));
        expect(old, String(row.note)).toBeDefined();
        expect(row.mark).toBe(old?.mark);
      }
    },
  );

  it("under its aliases, with - for _", async () => {
    await run(["drop-columns", "dialogues.csv", "--columns", "note", "-o", "dash.csv"]);
    await run(["smartclean", "dialogues.csv", "-o", "alias.csv"]);
    expect(existsSync(join(folder, "alias.csv"))).toBe(true);
  });

  it("that overwrites nothing, and leaves nothing when it fails", async () => {
    writeFileSync(join(folder, "there.csv"), "mine");
    const taken = await gristmill(["limit", "dialogues.csv", "--rows", "1", "-o", "there.csv"], { cwd: folder });
    expectFailure(taken, 5, "GM_RUN_OUTPUT_EXISTS");
    expect(readFileSync(join(folder, "there.csv"), "utf8")).toBe("mine");
    await run(["limit", "dialogues.csv", "--rows", "1", "-o", "there.csv", "--overwrite"]);
    expectFailure(
      await gristmill(["limit", "dialogues.csv", "--rows", "1", "-o", "none/x.csv"], { cwd: folder }),
      2,
      "GM_RUN_NO_FOLDER",
    );
    expectFailure(
      await gristmill(["min_turns", "dialogues.csv", "--min", "x", "-o", "x.csv"], { cwd: folder }),
      2,
      "GM_CLI_USAGE",
    );
    expectFailure(await gristmill(["min_turns", "nowhere.csv", "-o", "x.csv"], { cwd: folder }), 3, "GM_PLAN_NO_INPUT");
    const noColumn = await gristmill(["min_turns", "messages.csv", "-o", "x.csv"], { cwd: folder });
    expectFailure(noColumn, 2, "GM_RECIPE_MISSING_COLUMN");
    expectFailure(
      await gristmill(["limit", "dialogues.csv", "--rows", "1", "-o", "x.docx"], { cwd: folder }),
      2,
      "GM_RECIPE_BAD_OPTION",
    );
    expect(readdirSync(folder).filter((name) => name.startsWith(".") || name.startsWith("x."))).toEqual([]);
  });
});
