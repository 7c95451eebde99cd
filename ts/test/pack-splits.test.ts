import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, readBatches, runStep } from "../api/index.ts";
import { addon, visibleFiles } from "./cli-process.ts";
import { buildInSmallTasks } from "./small-tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-pack-splits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

type Row = Record<string, unknown>;

async function rowsOf(...paths: string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const path of paths) for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return rows;
}

const numbers = (value: unknown): number[] => [...(value as number[])];

const DOCUMENTS = 1_200;
const LENGTH = 128;
const LANGUAGES = ["en", "de", null] as const;
/** A token tells its document. */
const documentOf = (token: number): number => Math.floor(token / 1_000);

const SPLIT = { train_test_split: { shares: { train: 6, validation: 3, test: 1 } } };

const recipe = (method: string, pack: Row = {}): Row => ({
  name: "apart",
  sources: [{ jsonl: { path: at("in.jsonl"), key: "id" } }],
  steps: [SPLIT, { pack: { length: LENGTH, method, ...pack } }],
  outputs: ["dataset", { numpy: { column: "input_ids" } }],
});

/** Tokens of each document, and the split and language of each. */
let lengths: number[] = [];
let splits: string[] = [];
const languageOf = (n: number) => LANGUAGES[n % 3] ?? null;

describe.skipIf(!addon)("blocks of rows in splits", () => {
  beforeAll(async () => {
    lengths = Array.from({ length: DOCUMENTS }, (_, n) => 1 + Math.floor(300 * ((n * 0.618_034) % 1) ** 3));
    const lines = lengths.map((length, n) => {
      const ids = Array.from({ length }, (_, i) => 1_000 * n + i);
      return `${JSON.stringify({ id: `d${n}`, ids, language: languageOf(n) })}\n`;
    });
    writeFileSync(at("in.jsonl"), lines.join(""));
    const options = SPLIT.train_test_split;
    await runStep("train_test_split", {
      inputs: [at("in.jsonl")],
      out: at("splits.jsonl"),
      options,
      source: { key: "id" },
    });
    splits = (await rowsOf(at("splits.jsonl"))).map(({ split }) => String(split));
  });

  it.each(["best_fit", "next_fit", "concat"])(
    "%s: a block holds one split, and has every token of it once",
    async (method) => {
      await build(recipe(method, { by: ["language"] }) as never, { out: at(method), threads: 1 });
      const seen = new Map<number, number>();
      const files = readdirSync(at(`${method}/data`)).filter((name) => name.endsWith(".parquet"));
      expect([...new Set(files.map((name) => name.replace(/-.*/, "")))].sort()).toEqual([
        "test",
        "train",
        "validation",
      ]);
      let [blocks, full] = [0, 0];
      for (const file of files) {
        const written = new Map<number, number[]>();
        for (const row of await rowsOf(at(`${method}/data/${file}`))) {
          const ids = numbers(row.input_ids);
          expect(ids.length).toBeLessThanOrEqual(LENGTH);
          blocks += 1;
          full += Number(ids.length === LENGTH);
          expect(row.split).toBe(file.replace(/-.*/, ""));
          for (const id of ids) {
            expect(splits[documentOf(id)]).toBe(row.split);
            expect(languageOf(documentOf(id))).toBe(row.language);
            seen.set(id, (seen.get(id) ?? 0) + 1);
          }
          expect(numbers(row.seq_lens).reduce((sum, n) => sum + n, 0)).toBe(ids.length);
          written.set(ids[0] ?? -1, ids);
        }
        expect(written.size).toBeGreaterThan(0);
      }
      expect(seen.size).toBe(lengths.reduce((sum, n) => sum + n, 0));
      expect(Math.max(...seen.values())).toBe(1);
      // Every split of every language has one block that is not full, and no more.
      if (method === "concat") expect(blocks - full).toBeLessThanOrEqual(9);
      const small = { out: at(`${method}-7`), threads: 7, splitBytes: 100_000 };
      const { tasks, partitions } = await buildInSmallTasks(recipe(method, { by: ["language"] }), small);
      expect([tasks > partitions, partitions > 4]).toEqual([true, true]);
      const [one, many] = [visibleFiles(at(method)), visibleFiles(small.out)];
      const data = Object.keys(one).filter((name) => name.startsWith("data/"));
      expect(data).toHaveLength(9);
      expect(data.filter((name) => one[name] !== many[name])).toEqual([]);
    },
  );

  it("go by a column that rows bring, and refuse one that blocks have themselves", async () => {
    const pack = (name: string, options: Row) =>
      runStep("pack", { inputs: [at("splits.jsonl")], out: at(name), options: { length: LENGTH, ...options } });
    await pack("mixed.jsonl", {});
    const ofSplits = (row: Row) => new Set(numbers(row.input_ids).map((id) => splits[documentOf(id)])).size;
    const mixed = await rowsOf(at("mixed.jsonl"));
    expect(mixed.some((row) => ofSplits(row) > 1)).toBe(true);
    expect(Object.keys(mixed[0] ?? {})).not.toContain("split");
    await pack("apart.jsonl", { by: ["split", "split"] });
    const apart = await rowsOf(at("apart.jsonl"));
    expect(apart.every((row) => ofSplits(row) === 1)).toBe(true);
    expect(apart.every((row) => splits[documentOf(numbers(row.input_ids)[0] ?? -1)] === row.split)).toBe(true);
    await expect(pack("no.jsonl", { by: ["ids"] })).rejects.toMatchObject({ code: "GM_STEP_WRONG_TYPE" });
    await expect(pack("no.jsonl", { by: ["nope"] })).rejects.toMatchObject({ code: "GM_RECIPE_MISSING_COLUMN" });
    writeFileSync(at("taken.jsonl"), '{"ids":[1,2],"length":"long"}\n');
    const taken = runStep("pack", { inputs: [at("taken.jsonl")], out: at("no.jsonl"), options: { by: ["length"] } });
    await expect(taken).rejects.toMatchObject({ code: "GM_PACK_COLUMN_TAKEN" });
  });

  it("go by no split where it was dropped before", async () => {
    const steps = [SPLIT, { drop_columns: { columns: ["split"] } }, { pack: LENGTH }];
    const source = [{ jsonl: at("in.jsonl") }];
    const lost = build({ sources: source, steps, outputs: ["dataset"] } as never, { out: at("lost") });
    await expect(lost).rejects.toMatchObject({ code: "GM_PLAN_NO_SPLIT" });
  });
});
