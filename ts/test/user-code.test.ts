import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, readBatches, runStep, step, type UserMap } from "../api/index.ts";
import { addon, expectBalanced, manifestOf, visibleFiles } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-user-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

type Row = Record<string, unknown>;
const ROWS = 20_000;
const row = (i: number): Row => ({ n: String(i), text: `row ${i} é "x", y` });

async function collect(batches: AsyncIterable<{ rows(): Row[] }>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of batches) rows.push(...batch.rows());
  return rows;
}

beforeAll(async () => {
  const rows = Array.from({ length: ROWS }, (_, i) => row(i));
  const lines = rows.map((one) => JSON.stringify(one)).join("\n");
  writeFileSync(at("in.jsonl"), `${lines}\n`);
  writeFileSync(at("in.jsonl.gz"), gzipSync(`${lines}\n`));
  writeFileSync(at("in.json"), `[${rows.map((one) => JSON.stringify(one)).join(",\n")}]`);
  writeFileSync(
    at("in.csv"),
    `n,text\n${rows.map(({ n, text }) => `${n},"${String(text).replaceAll('"', '""')}"`).join("\n")}\n`,
  );
  writeFileSync(at("in.txt"), `${rows.map(({ text }) => String(text)).join("\n")}\n`);
  if (!addon) return;
  for (const format of ["parquet", "arrow"])
    await runStep("limit", { inputs: [at("in.jsonl")], out: at(`in.${format}`), options: { rows: ROWS } });
});

describe.skipIf(!addon)("readBatches", () => {
  it.each(["csv", "jsonl", "jsonl.gz", "json", "parquet", "arrow"])("gives the rows of %s in order", async (format) => {
    const rows = await collect(readBatches(at(`in.${format}`)));
    expect(rows).toHaveLength(ROWS);
    expect(rows[12_345]).toEqual(row(12_345));
  });

  it("gives the lines of a text, some columns, the first rows; leaving early stops the reading", async () => {
    expect((await collect(readBatches(at("in.txt"))))[7]).toEqual({ text: row(7).text });
    const [first] = await collect(readBatches(at("in.csv"), { columns: ["text"], limit: 1 }));
    expect(first).toEqual({ text: row(0).text });
    let seen = 0;
    for await (const batch of readBatches(at("in.parquet"))) {
      seen += batch.length;
      break;
    }
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(ROWS);
  });

  it("refuses what is not there with a code", async () => {
    await expect(collect(readBatches(at("none.csv")))).rejects.toMatchObject({
      code: "GM_PLAN_NO_INPUT",
      kind: "input",
    });
  });
});

describe.skipIf(!addon)("a step as a function", () => {
  const dialogue = (turns: number): string =>
    Array.from(
      { length: turns },
      (_, i) => `<|im_start|>${i % 2 === 0 ? "user" : "assistant"}\nhi ${i}<|im_end|>`,
    ).join("\n");

  it("works on batches, on paths, and on the output of another step", async () => {
    const lines = [1, 2, 3, 4].map((turns) => JSON.stringify({ turns: String(turns), text: dialogue(turns) }));
    writeFileSync(at("chat.jsonl"), `${lines.join("\n")}\n`);
    const kept = async (source: Parameters<NonNullable<typeof step.min_turns>>[0]) =>
      (await collect(step.min_turns?.(source, { min: 3 }) ?? readBatches([]))).map(({ turns }) => turns);
    expect(await kept(readBatches(at("chat.jsonl")))).toEqual(["3", "4"]);
    expect(await kept(at("chat.jsonl"))).toEqual(["3", "4"]);
    const limited = step.limit?.(readBatches(at("chat.jsonl")), { rows: 3 });
    expect(await kept(limited ?? "")).toEqual(["3"]);
  });

  it("that needs all rows at once sees them", async () => {
    const sorted = await collect(
      step.sort?.(readBatches(at("in.jsonl")), { by: "n", descending: true }) ?? readBatches([]),
    );
    expect(sorted).toHaveLength(ROWS);
    // Text of digits sorts by its number.
    expect(sorted[0]?.n).toBe("19999");
    expect(sorted.at(-1)?.n).toBe("0");
  });

  it("refuses wrong options with a code", async () => {
    await expect(collect(step.minTurns?.(at("in.jsonl"), { mn: 3 }) ?? readBatches([]))).rejects.toMatchObject({
      code: "GM_API_BAD_OPTIONS",
    });
  });
});

describe.skipIf(!addon)("a user's own step in a recipe", () => {
  const upper: UserMap = async (rows) => {
    await Promise.resolve();
    return rows.map((one) =>
      Number(one.n) % 10 === 0 ? { drop: "round_number" } : { ...one, text: String(one.text).toUpperCase() },
    );
  };
  const recipe = (first: unknown) => ({
    name: "mine",
    sources: [{ jsonl: at("in.jsonl") }],
    steps: [first as UserMap, { limit: { rows: 5_000 } }],
    outputs: [{ dataset: { format: "jsonl" } }],
  });

  it("is counted and traced like any other, with the same bytes for any number of threads", async () => {
    for (const threads of [1, 7]) {
      const { manifest } = await build(recipe(upper), { out: at(`mine-${threads}`), threads });
      expect(manifest?.steps.find(({ name }) => name === "upper")).toMatchObject({
        rows_in: ROWS,
        rows_out: ROWS - ROWS / 10,
        dropped: { round_number: ROWS / 10 },
      });
      expectBalanced(manifestOf(at(`mine-${threads}`)));
    }
    expect(visibleFiles(at("mine-1"))).toEqual(visibleFiles(at("mine-7")));
    const rows = await collect(readBatches(at("mine-1/data/train-00000-of-00001.jsonl")));
    expect(rows[0]).toEqual({ n: "1", text: 'ROW 1 É "X", Y' });
  });

  it("runs again when its code changed", async () => {
    const out = at("changed");
    const first = await build(recipe(upper), { out });
    const lower: UserMap = (rows) => rows.map((one) => ({ ...one, text: String(one.text).toLowerCase() }));
    const second = await build(recipe({ name: "upper", user: lower }), { out, overwrite: true });
    expect(second.buildId).not.toBe(first.buildId);
    expect((await collect(readBatches(join(out, "data/train-00000-of-00001.jsonl"))))[0]).toEqual({
      n: "0",
      text: 'row 0 é "x", y',
    });
  });

  it("that throws names the step and the row, and leaves no data set", async () => {
    const broken: UserMap = (rows) => {
      if (rows.some(({ n }) => n === "700")) throw new Error("boom");
      return rows;
    };
    await expect(build(recipe({ name: "broken", user: broken }), { out: at("broken") })).rejects.toMatchObject({
      code: "GM_STEP_USER",
      message: expect.stringMatching(/broken.*boom/),
    });
    expect(Object.keys(visibleFiles(at("broken")))).toEqual([]);
  });

  it("can be stopped by a signal and gone on with", async () => {
    const stop = new AbortController();
    const slow: UserMap = async (rows) => {
      stop.abort();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return rows;
    };
    const started = performance.now();
    await expect(
      build(recipe({ name: "slow", user: slow }), { out: at("slow"), signal: stop.signal }),
    ).rejects.toMatchObject({ code: "GM_RUN_CANCELLED", kind: "cancelled" });
    expect(performance.now() - started).toBeLessThan(5_000);
    const { rows } = await build(recipe({ name: "slow", user: slow }), { out: at("slow") });
    expect(rows).toBe(5_000);
  });
});
