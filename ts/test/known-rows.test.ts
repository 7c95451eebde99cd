import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, readBatches, runStep } from "../api/index.ts";
import { addon } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-known-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Row = Record<string, unknown>;

async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return rows;
}

const texts = (rows: Row[], name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
  return path;
};

const words = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `word${from + i}`).join(" ");

/** Rows of another data set; more than one block of a table, so that fences count. */
const KNOWN = [
  ...Array.from({ length: 700 }, (_, i) => ({ name: `other-${i}`, text: words(1000 * i, 1000 * i + 30) })),
  { name: "short", text: "two words" },
  { name: "nothing", text: null },
  { name: "far", text: words(0, 20) },
];

const ROWS = [
  { n: 1, text: words(5000, 5030) },
  { n: 2, text: words(7000, 7030).toUpperCase() },
  { n: 3, text: `${words(9000, 9030)} one more` },
  { n: 4, text: `${words(9000, 9020)} ${words(1, 11)}` },
  { n: 5, text: "Two  WORDS" },
  { n: 6, text: "three words too" },
  { n: 7, text: null },
  { n: 8, text: "" },
  { n: 9, text: words(0, 28) },
];

describe.skipIf(!addon)("an index of rows", () => {
  const out = join(folder, "other");
  const index = join(out, "known");
  const input = texts(ROWS, "rows.jsonl");

  const make = async (to: string, more: Record<string, unknown> = {}) =>
    build(
      {
        name: "other",
        sources: [{ jsonl: texts(KNOWN, "other.jsonl") }],
        steps: ["near_dedup"],
        outputs: [{ known_rows: { text: "text", id: "name", ...more } }],
      },
      { out: to },
    );

  beforeAll(async () => {
    await make(out);
  });

  const run = async (step: "near_dedup" | "dedupe", options: Record<string, unknown>, threads = 2) => {
    const [kept, trace] = [join(folder, "kept.jsonl"), join(folder, "trace.jsonl")];
    await runStep(step, { inputs: [input], out: kept, trace, options, threads, overwrite: true });
    const told = (await rowsOf(trace)).map(({ reason, rule, twin }) => [reason, rule, twin]);
    return { kept: (await rowsOf(kept)).map(({ n }) => n), told, bytes: readFileSync(trace, "utf8") };
  };

  it("turns away what is alike, and says to which row and how much", async () => {
    const { kept, told, bytes } = await run("near_dedup", { against: index });
    expect(kept).toEqual([4, 6, 7, 8]);
    expect(told).toEqual([
      ["known_text", "", "other-5"],
      ["known_text", "", "other-7"],
      ["near_known", "similarity 0.9286", "other-9"],
      ["known_text", "", "short"],
      ["near_known", "similarity 0.9231", "other-0"],
    ]);
    for (const threads of [1, 7]) expect((await run("near_dedup", { against: index }, threads)).bytes).toBe(bytes);
    const strict = await run("near_dedup", { against: [index], threshold: 0.95, verify: "estimate" });
    expect(strict.kept).toEqual(expect.arrayContaining([4, 6]));
    expect(strict.told.slice(0, 2)).toEqual(told.slice(0, 2));
  });

  it("turns away equal texts alone where it is asked for those", async () => {
    const { kept, told } = await run("dedupe", { by: ["exact"], against: [join(index, "00000.known")] });
    expect(kept).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(told).toEqual([["known_text", "", "other-5"]]);
    await expect(run("dedupe", { by: ["chain"], against: index })).rejects.toMatchObject({
      code: "GM_RECIPE_BAD_OPTION",
    });
  });

  it("may lie in several files, each for itself", async () => {
    const several = join(folder, "several");
    await make(several, { shard_bytes: 40_000 });
    expect(readdirSync(join(several, "known")).length).toBeGreaterThan(2);
    const { kept, told } = await run("near_dedup", { against: join(several, "known") });
    expect(kept).toEqual([4, 6, 7, 8]);
    expect(told).toContainEqual(["near_known", "similarity 0.9286", "other-9"]);
  });

  it("is refused where it cannot be compared with, or is damaged", async () => {
    await expect(run("near_dedup", { against: index, size: 4 })).rejects.toMatchObject({
      code: "GM_DEDUP_KNOWN_OTHER",
    });
    await expect(run("near_dedup", { against: folder })).rejects.toMatchObject({ code: "GM_DEDUP_NO_KNOWN" });
    const whole = readFileSync(join(index, "00000.known"));
    for (const [at, broken] of [whole.subarray(0, -9), whole.subarray(9), Buffer.from("GMKNOWN1"), input].entries()) {
      const path = typeof broken === "string" ? broken : join(folder, `broken-${at}.known`);
      if (typeof broken !== "string") writeFileSync(path, broken);
      await expect(run("near_dedup", { against: path })).rejects.toMatchObject({ code: "GM_DEDUP_KNOWN_DAMAGED" });
    }
    const foot = whole.readUInt32LE(whole.length - 12);
    const older = Buffer.from(whole);
    const check = older.indexOf('"check":"', older.length - 12 - foot) + 9;
    older[check] = older[check] === 0x30 ? 0x31 : 0x30;
    const path = join(folder, "older.known");
    writeFileSync(path, older);
    await expect(run("near_dedup", { against: path })).rejects.toMatchObject({ code: "GM_DEDUP_KNOWN_VERSION" });
  });
});
