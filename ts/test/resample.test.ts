import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBatches, runStep } from "../api/index.ts";
import { addon } from "./cli-process.ts";

type Row = Record<string, unknown>;
const folder = mkdtempSync(join(tmpdir(), "gm-resample-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const golden = fileURLToPath(new URL("../../../shared/golden/discord/", import.meta.url));

async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return rows;
}

let runs = 0;
async function resample(options: Record<string, unknown>, threads = 2): Promise<Row[]> {
  const out = at(`out-${runs++}.jsonl`);
  await runStep("resample", { inputs: [at("in.jsonl")], out, options: { tokenizer: "words", ...options }, threads });
  return rowsOf(out);
}

const ROWS = 3000;
const words = (i: number): number => 1 + ((i * 7919) % 40);

beforeAll(() => {
  const row = (i: number): string => JSON.stringify({ id: `r${i}`, text: "w ".repeat(words(i)), of: `r${i}` });
  writeFileSync(at("in.jsonl"), `${Array.from({ length: ROWS }, (_, i) => row(i)).join("\n")}\n`);
});

describe.skipIf(!addon)("resample", () => {
  it("keeps every row whole, longest first, and shuffles equal lengths by seed", async () => {
    const rows = await resample({ seed: 1 });
    expect(rows).toHaveLength(ROWS);
    expect(Object.keys(rows[0] ?? {})).toEqual(["text", "tokens", "id", "of"]);
    for (const { id, of, tokens } of rows) {
      expect(of).toBe(id);
      expect(Number(tokens)).toBe(words(Number(String(id).slice(1))));
    }
    const tokens = rows.map((row) => Number(row.tokens));
    expect(tokens).toEqual(tokens.toSorted((a, b) => b - a));
    const ids = rows.map((row) => row.id);
    expect((await resample({ seed: 1 }, 1)).map((row) => row.id)).toEqual(ids);
    expect((await resample({ seed: 2 })).map((row) => row.id)).not.toEqual(ids);
  });

  it("ends at a target or a token budget", async () => {
    const all = await resample({});
    expect(await resample({ target: 70 })).toEqual(all.slice(0, 70));
    const budget = await resample({ token_budget: 1000 });
    const sum = (rows: Row[]): number => rows.reduce((total, row) => total + Number(row.tokens), 0);
    expect(budget).toEqual(all.slice(0, budget.length));
    expect(sum(budget)).toBeLessThanOrEqual(1000);
    expect(sum(all.slice(0, budget.length + 1))).toBeGreaterThan(1000);
  });

  it("keeps a quota of each bucket, picked at random if wished", async () => {
    const count = (rows: Row[]): number[] => {
      const found = [0, 0, 0];
      for (const { tokens } of rows) {
        const bucket = Number(tokens) < 10 ? 0 : Number(tokens) < 30 ? 1 : 2;
        found[bucket] = (found[bucket] ?? 0) + 1;
      }
      return found;
    };
    const quota = await resample({ bucket: [10, 30], quota: [5, 200, 0] });
    expect(count(quota)).toEqual([5, 200, 0]);
    expect(new Set(quota.slice(0, 60).map((row) => row.tokens))).toEqual(new Set([29]));
    expect(count(await resample({ bucket: [10, 30], quota: [7] }))).toEqual([7, 7, 7]);
    const random = await resample({ bucket: [10, 30], quota: 100, pick: "random" });
    expect(count(random)).toEqual([100, 100, 100]);
    expect(new Set(random.map((row) => row.tokens)).size).toBeGreaterThan(30);
    expect(count(await resample({ bucket: [10, 30], quota: 100, target: 120, pick: "random" })).sort()).not.toContain(
      0,
    );
  });

  it("says what is wrong with buckets", async () => {
    await expect(resample({ bucket: [10, 30], quota: [1, 2] })).rejects.toMatchObject({ code: "GM_STEP_BAD_OPTIONS" });
    await expect(resample({ bucket: [30, 10] })).rejects.toThrow("edges must ascend");
  });

  it.skipIf(!existsSync(golden))("gives the rows of the replaced program", async () => {
    const out = at("golden.jsonl");
    const tokenizer = join(golden, "tokenizer.json");
    await runStep("resample", {
      inputs: [join(golden, "03-smartclean/slangremoved.csv.gz")],
      out,
      options: { tokenizer, target: 999_000_000 },
    });
    const pairs = (rows: Row[]): string[] => rows.map((row) => `${String(row.tokens)} ${String(row.text)}`).sort();
    const got = await rowsOf(out);
    const want = await rowsOf(join(golden, "03-smartclean/resampled.csv.gz"));
    expect(got).toHaveLength(1160);
    expect(pairs(got)).toEqual(pairs(want));
    const tokens = got.map((row) => Number(row.tokens));
    expect(tokens).toEqual(tokens.toSorted((a, b) => b - a));
  });
});
