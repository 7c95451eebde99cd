import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readBatches } from "../api/index.ts";
import { openFiles } from "../api/read-batches.ts";
import { addon, root } from "./cli-process.ts";
import { runCommand } from "./run-command.ts";

/** Outputs of the original programs. They lie beside the tree and not every checkout has them. */
const golden = join(root, "../shared/golden/discord");
const there = existsSync(golden);
if (!there) process.stderr.write("skipped: the outputs of the original programs are not beside the tree\n");

const work = mkdtempSync(join(tmpdir(), "gm-golden-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const folder = (): string => mkdtempSync(join(work, "in-"));

/** Text of a golden, packed or not; records end in a line feed, as we write them. */
function text(path: string): string {
  const packed = `${path}.gz`;
  const plain = existsSync(packed) ? gunzipSync(readFileSync(packed)).toString() : readFileSync(path, "utf8");
  return plain.replaceAll("\r\n", "\n");
}

/** A golden as an input file in a folder of its own, under the name the original had. */
function input(path: string, name: string): string {
  const target = join(folder(), name);
  writeFileSync(target, existsSync(`${path}.gz`) ? gunzipSync(readFileSync(`${path}.gz`)) : readFileSync(path));
  return target;
}

interface Table {
  columns: { name: string; type: string }[];
  rows: Record<string, unknown>[];
}

async function table(path: string): Promise<Table> {
  const { columns } = await openFiles([path], {});
  const rows: Record<string, unknown>[] = [];
  for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return { columns: columns.map(({ name, type }) => ({ name, type: type.replace("large_", "") })), rows };
}

/** Keys and numbers of a report; numbers are compared to nine digits. */
function figures(report: string): [string, number][] {
  return report
    .split("\n")
    .map((line) => line.split(": "))
    .filter((parts) => parts.length === 2 && parts[1] !== "")
    .map(([key = "", value = ""]) => [key, Number(value)]);
}

describe.skipIf(!addon || !there).each([
  ["the chat", golden],
  ["the hand-written messages", join(golden, "fixtures")],
])("the aliases on %s give what the original programs gave", (_, from) => {
  it("03 smartclean: every file it left", async () => {
    const path = input(join(from, "02-chains/dump.csv"), "dump.csv");
    await runCommand("smartclean", "-f", join(path, ".."), "--tokenizer", golden, "--parity");
    const got = async (name: string) => table(join(path, "..", `${name}.csv`));
    const want = async (name: string) => {
      const { columns, rows } = await table(input(join(from, "03-smartclean", `${name}.csv`), "want.csv"));
      return { columns, rows };
    };
    const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    for (const name of ["bad", "trimmed", "slangremoved"]) {
      expect((await got(name)).columns, name).toEqual((await want(name)).columns);
      expect(sorted((await got(name)).rows), name).toEqual(sorted((await want(name)).rows));
    }
    // The old program mixed up all other columns.
    const counted = ({ rows }: Table) => sorted(rows.map(({ text, tokens }) => [text, tokens]));
    for (const name of ["resampled", "done"]) {
      const { columns, rows } = await got(name);
      expect(columns, name).toEqual((await want(name)).columns);
      expect(counted({ columns, rows }), name).toEqual(counted(await want(name)));
      const tokens = rows.map((row) => Number(row.tokens));
      expect(tokens).toEqual([...tokens].sort((a, b) => b - a));
    }
    const rule = (reason: unknown) => String(reason).replace(/^\d+: /, "");
    const told = ({ rows }: Table) => sorted(rows.map(({ reason, text, tokens }) => [rule(reason), text, tokens]));
    expect((await got("invalid")).columns).toEqual((await want("invalid")).columns);
    expect(told(await got("invalid"))).toEqual(told(await want("invalid")));
    const changed = ({ rows }: Table) => sorted(rows.map(({ original, cleaned }) => [original, cleaned]));
    const texts = (await want("changes")).rows.filter(({ column }) => column === "text");
    expect(changed(await got("changes"))).toEqual(changed({ columns: [], rows: texts }));
  });

  it("04 split: equal parts in order", async () => {
    const path = input(join(from, "03-smartclean/done.csv"), "done.csv");
    await runCommand("split", "-p", path.replace(/\.csv$/, ""), "-s", "3");
    for (const part of ["1", "2", "3"]) {
      expect(text(join(path, "..", part, "split.csv")), part).toBe(text(join(from, "04-splitcsv", part, "split.csv")));
    }
  });

  it("05 combineall: the parts joined again", async () => {
    const parts = folder();
    for (const part of ["1", "2", "3"]) {
      mkdirSync(join(parts, part));
      writeFileSync(join(parts, part, "split.csv"), text(join(from, "04-splitcsv", part, "split.csv")));
    }
    const out = join(folder(), "combined.csv");
    await runCommand("combineall", "-p", parts, "-o", out, "--max-mem-gb", "32", "-c", "1000");
    expect(text(out)).toBe(text(join(from, "05-combineall/combined.csv")));
  });

  it("06 filterturns: by number of turns, with a chart", async () => {
    const path = input(join(from, "05-combineall/combined.csv"), "combined.csv");
    await runCommand("filterturns", "-p", path, "-min", "2", "-max", "1000");
    expect(readdirSync(join(path, "..")).sort()).toEqual([
      "combined.csv",
      "combined2to1000.csv",
      "combined2to1000.png",
    ]);
    expect(text(join(path, "../combined2to1000.csv"))).toBe(text(join(from, "06-filterturns/combined2to1000.csv")));
  });

  it("07 dedupe: one row for each last message", async () => {
    const path = input(join(from, "06-filterturns/combined2to1000.csv"), "combined_2plus.csv");
    await runCommand("dedupe", "-p", path, "--parity");
    expect(text(path.replace(".csv", "_deduped.csv"))).toBe(text(join(from, "07-dedupe/combined_2plus_deduped.csv")));
  });

  it("08 dropcols: without identifiers", async () => {
    const path = input(join(from, "07-dedupe/combined_2plus_deduped.csv"), "chats.csv");
    await runCommand("dropcols", "-p", path);
    const want = text(join(from, "08-dropcols/combined_2plus_deduped_pure.csv"));
    expect(text(path.replace(".csv", "_pure.csv"))).toBe(want);
  });

  it.each(["redact", "drop"])("09 tos: %s keeps the order, and what nobody objects to", async (action) => {
    // The old program objects to more: only rows that neither touches can be the same.
    const path = input(join(from, "08-dropcols/combined_2plus_deduped_pure.csv"), "chats.csv");
    await runCommand("tos", "-p", path, "--action", action, "--workers", "2");
    const got = await table(path.replace(".csv", "_clean.csv"));
    const want = await table(input(join(from, `09-tos/${action}.csv`), "want.csv"));
    expect(got.columns).toEqual(want.columns);
    const whole = ({ rows }: Table) =>
      rows.map((row) => JSON.stringify(row)).filter((row) => !row.includes("[REDACTED]"));
    const [ours, theirs] = [whole(got), whole(want)];
    const [inOurs, inTheirs] = [new Set(ours), new Set(theirs)];
    const both = theirs.filter((row) => inOurs.has(row));
    expect(ours.filter((row) => inTheirs.has(row))).toEqual(both);
    expect(both.length).toBeGreaterThan(theirs.length * 0.98);
    if (action === "redact") expect(got.rows.length).toBe(want.rows.length);
  });

  it.each([
    ["08-dropcols/combined_2plus_deduped_pure.csv", "10-fixend/fixed.csv"],
    ["09-tos/drop.csv", "10-fixend/clean_fixed.csv"],
  ])("10 fixend: %s tidied", async (before, after) => {
    const path = input(join(from, before), "chats.csv");
    await runCommand("fixend", "-p", path, "--parity", "-tc", "text", "-bs", "100000", "-w", "0", "--no-count-first");
    expect(text(path.replace(".csv", "_fixed.csv"))).toBe(text(join(from, after)));
  });

  it("11 stats: columns of counts", async () => {
    const path = input(join(from, "10-fixend/fixed.csv"), "fixed.csv");
    await runCommand("stats", "-p", path, "-m", golden, "-b", "1024", "--max-rows", "0", "--parity");
    expect(text(path.replace(".csv", "_stats.csv"))).toBe(text(join(from, "11-stats/fixed_stats.csv")));
  });

  it("12 tokens: every figure of the report", async () => {
    const path = input(join(from, "11-stats/fixed_stats.csv"), "fixed_stats.csv");
    await runCommand("tokens", "-p", path, "--parity");
    const got = figures(text(path.replace(".csv", "_tokenstats.txt")));
    const want = figures(text(join(from, "12-tokens/tokenstats.txt")));
    expect(got.map(([key]) => key)).toEqual(want.map(([key]) => key));
    for (const [i, [key, value]] of want.entries()) {
      const found = got[i]?.[1] ?? Number.NaN;
      expect(Math.abs(found - value), key).toBeLessThanOrEqual(1e-9 * Math.abs(value));
    }
    expect(want.length).toBeGreaterThan(120);
  });

  it("13 turnstats: the table of turns", async () => {
    const path = input(join(from, "11-stats/fixed_stats.csv"), "fixed_stats.csv");
    await runCommand("turnstats", "-p", path);
    expect(text(path.replace(".csv", "_turn_table.txt"))).toBe(text(join(from, "13-turnstats/turn_table.txt")));
  });

  it("14 par: the same table as Parquet", async () => {
    const path = input(join(from, "11-stats/fixed_stats.csv"), "fixed_stats.csv");
    await runCommand("par", "-p", path);
    expect(await table(path.replace(".csv", ".parquet"))).toEqual(
      await table(join(from, "14-par/fixed_stats.parquet")),
    );
  });

  it("15 sortpar: rich dialogues first", async () => {
    const path = input(join(from, "14-par/fixed_stats.parquet"), "fixed_stats.parquet");
    await runCommand("sortpar", "-p", path);
    expect(await table(path.replace(".parquet", "_sort.parquet"))).toEqual(
      await table(join(from, "15-sortpar/fixed_stats_sort.parquet")),
    );
  });

  it("16 finaltouch: the last columns", async () => {
    const path = input(join(from, "15-sortpar/fixed_stats_sort.parquet"), "fixed_stats_sort.parquet");
    await runCommand("finaltouch", "-p", path, "--parity");
    expect(await table(join(path, "../train.parquet"))).toEqual(await table(join(from, "16-cleanpar/train.parquet")));
  });

  it("17 parjson: all but the sizes", async () => {
    const path = input(join(from, "16-cleanpar/train.parquet"), "train.parquet");
    await runCommand("parjson", "-p", path, "--parity");
    expect(JSON.parse(text(join(path, "../dataset_infos.json")))).toEqual(
      JSON.parse(text(join(from, "17-parjson/dataset_infos.json"))),
    );
  });
});

describe.skipIf(!addon || !there)("the aliases on the probes", () => {
  it("dedupe", async () => {
    const path = input(join(golden, "probes/dedupe-input.csv"), "dedupe.csv");
    await runCommand("dedupe", "-p", path, "--parity");
    expect(text(path.replace(".csv", "_deduped.csv"))).toBe(text(join(golden, "probes/dedupe-output.csv")));
  });

  it("fixend", async () => {
    const path = input(join(golden, "probes/fixend.csv"), "fixend.csv");
    await runCommand("fixend", "-p", path, "-tc", "input", "--parity");
    const { rows } = await table(path.replace(".csv", "_fixed.csv"));
    expect(rows.map((row) => row.input)).toEqual(rows.map((row) => row.output));
    expect(rows.length).toBeGreaterThan(5);
  });
});
