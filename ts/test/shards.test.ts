import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, readBatches } from "../api/index.ts";
import { addon, root } from "./cli-process.ts";
import { runCommand } from "./run-command.ts";

const work = mkdtempSync(join(tmpdir(), "gm-shards-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const at = (...parts: string[]) => join(work, ...parts);
const sample = join(root, "fixtures/recipes/discord");
const tokenizer = join(sample, "tokenizer.json");

async function rowsOf(path: string): Promise<string[]> {
  const rows: string[] = [];
  for await (const batch of readBatches(path)) rows.push(...batch.rows().map((row) => JSON.stringify(row)));
  return rows.sort();
}

/** What is done after cleaning; gives the path of the last table. */
async function rest(done: string, ...more: string[]): Promise<string> {
  const stem = done.replace(/\.csv$/, "");
  await runCommand("filterturns", "-p", done, "-min", "2", "-max", "1000", "--no-chart", ...more);
  await runCommand("dedupe", "-p", `${stem}2to1000.csv`, ...more);
  await runCommand("tos", "-p", `${stem}2to1000_deduped.csv`, ...more);
  await runCommand("dropcols", "-p", `${stem}2to1000_deduped_clean.csv`, ...more);
  await runCommand("fixend", "-p", `${stem}2to1000_deduped_clean_pure.csv`, ...more);
  await runCommand("stats", "-p", `${stem}2to1000_deduped_clean_pure_fixed.csv`, "-m", tokenizer, ...more);
  return `${stem}2to1000_deduped_clean_pure_fixed_stats.csv`;
}

describe.skipIf(!addon)("a table in pieces or as a whole", () => {
  beforeAll(async () => {
    await runCommand("filter", join(sample, "export.json.gz"), "-o", at("filter.csv"), "--format", "discord");
    await runCommand("chains", at("filter.csv"));
  });

  it("gives the same rows, whether it is split, cleaned in parts and combined, or not", async () => {
    await runCommand("smartclean", at("dump.csv"), "--tokenizer", tokenizer, "-o", at("whole.csv"));
    const whole = await rowsOf(await rest(at("whole.csv")));
    await runCommand("split", "-p", at("dump.csv"), "-s", "3");
    for (const part of ["1", "2", "3"]) {
      await runCommand("smartclean", at(part, "split.csv"), "--tokenizer", tokenizer);
    }
    await runCommand("combineall", "-p", at("*", "done.csv"), "-o", at("combined.csv"));
    expect(await rowsOf(await rest(at("combined.csv")))).toEqual(whole);
    expect(whole.length).toBeGreaterThan(50);
  });

  it("gives the same bytes with 1, 2 and 7 threads", async () => {
    const results: string[] = [];
    for (const threads of ["1", "2", "7"]) {
      const done = at(`threads${threads}.csv`);
      await runCommand("smartclean", at("dump.csv"), "-o", done, "--threads", threads, "--overwrite");
      const last = await rest(done, "--threads", threads);
      results.push(readFileSync(done, "utf8") + readFileSync(last, "utf8"));
    }
    expect(results[0]?.length).toBeGreaterThan(10_000);
    expect(results[1]).toBe(results[0]);
    expect(results[2]).toBe(results[0]);
  });

  it("gives the same files by the shipped recipe with 1, 2 and 7 threads", async () => {
    const hashes: unknown[] = [];
    for (const threads of [1, 2, 7]) {
      const { manifest } = await build(join(root, "recipes/discord-dialogues.yaml"), {
        out: at(`recipe${threads}`),
        threads,
      });
      hashes.push([...(manifest?.outputs ?? []), ...(manifest?.trace ?? [])].map(({ path, sha256 }) => [path, sha256]));
    }
    expect(hashes[1]).toEqual(hashes[0]);
    expect(hashes[2]).toEqual(hashes[0]);
  });
});
