import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { build, readBatches, runStep } from "../api/index.ts";
import { addon, root } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-contamination-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixture = join(root, "fixtures/steps/decontaminate-drop");
const benchmark = join(fixture, "benchmark.jsonl");
const input = join(fixture, "in.jsonl");
const code = join(root, "../shared/data/code");

type Row = Record<string, unknown>;

async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return rows;
}

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe.skipIf(!addon)("decontaminate", () => {
  it("tells item, rule, bytes and what stands there, and counts by item", async () => {
    const [out, trace] = [join(folder, "out.jsonl"), join(folder, "trace.jsonl")];
    const rows = write("rows.jsonl", `${JSON.stringify({ text: "é: Count RIVER\n stones stones!" })}\n`);
    const options = { benchmarks: benchmark };
    const { findings } = await runStep("decontaminate", { inputs: [rows], out, trace, options });
    expect(await rowsOf(out)).toEqual([]);
    expect(await rowsOf(trace)).toMatchObject([
      {
        reason: "contaminated",
        rule: "short",
        twin: "benchmark.jsonl:Mill/2",
        span_start: 4,
        span_end: 30,
        excerpt: "Count RIVER\n stones stones",
      },
    ]);
    expect(findings).toMatchObject([
      {
        step: "decontaminate",
        found: {
          action: "drop",
          rows: 1,
          items_found: 1,
          benchmarks: [
            { file: "benchmark.jsonl", items: 4, items_found: 1, short: 1, untested_items: ["benchmark.jsonl:Mill/3"] },
          ],
          items: [{ item: "benchmark.jsonl:Mill/2", rows: 1, pieces: { short: 1 }, examples: [{ start: 4, end: 30 }] }],
        },
      },
    ]);
  });

  it("runs again when a benchmark changes, and only then", async () => {
    const changing = write("changing.jsonl", readFileSync(benchmark, "utf8"));
    const out = join(folder, "built");
    const recipe = {
      name: "again",
      sources: [{ jsonl: input }],
      steps: [{ decontaminate: { benchmarks: [changing] } }],
      outputs: [{ file: "rows.jsonl" }],
    };
    const first = await build(recipe, { out });
    const again = await build(recipe, { out, overwrite: true });
    expect(again.buildId).toBe(first.buildId);
    writeFileSync(changing, readFileSync(benchmark, "utf8").split("\n").slice(2).join("\n"));
    const other = await build(recipe, { out, overwrite: true });
    expect(other.buildId).not.toBe(first.buildId);
    expect((await rowsOf(join(out, "rows.jsonl"))).map(({ note }) => note)).toContain("verbatim");
  });

  it("reads benchmarks of other formats and columns", async () => {
    const csv = write("b.csv", 'n,task,key\n7,"name the three rivers of the north, and their mills, in any order",x\n');
    const text = write("b.txt", "one two three four five six seven eight nine ten eleven\n\n");
    const rows = write(
      "rows-2.jsonl",
      [
        "Name the three rivers of the NORTH, and their mills, in any order!",
        "One, two: three four five six seven eight nine ten",
        "one two three four five six seven eight nine",
      ]
        .map((text) => `${JSON.stringify({ text })}\n`)
        .join(""),
    );
    const [out, trace] = [join(folder, "out-2.jsonl"), join(folder, "trace-2.jsonl")];
    const options = { benchmarks: [csv, text], id: null, min_words: 4 };
    await runStep("decontaminate", { inputs: [rows], out, trace, options });
    const told = (await rowsOf(trace)).map(({ rule, twin }) => [rule, String(twin).replace(/:.*/, "")]);
    expect(told).toEqual([
      ["substring", "b.csv"],
      ["ngram", "b.txt"],
    ]);
    const named = { benchmarks: [csv], texts: ["task"], id: "key" };
    await runStep("decontaminate", { inputs: [rows], out, trace, options: named, overwrite: true });
    expect((await rowsOf(trace)).map(({ twin }) => twin)).toEqual(["b.csv:x"]);
  });

  it("refuses benchmarks that nothing can be found of", async () => {
    const run = (benchmarks: string, more: Record<string, unknown> = {}) =>
      runStep("decontaminate", {
        inputs: [input],
        out: join(folder, "no.jsonl"),
        options: { benchmarks: [benchmarks], ...more },
      });
    await expect(run(write("short.txt", "ab\ncd\n"))).rejects.toMatchObject({ code: "GM_DEDUP_BENCHMARK_EMPTY" });
    await expect(run(benchmark, { prompt: "task" })).rejects.toMatchObject({ code: "GM_DEDUP_BENCHMARK_COLUMN" });
    const broken = write("broken.jsonl", '{"text":"one two three four"}\n{"text":\n');
    await expect(run(broken)).rejects.toMatchObject({ code: "GM_DEDUP_BENCHMARK_RECORD" });
    await expect(run(join(folder, "none.jsonl"))).rejects.toMatchObject({ code: "GM_PLAN_NO_INPUT" });
    expect(existsSync(join(folder, "no.jsonl"))).toBe(false);
  });

  it.skipIf(!existsSync(join(code, "humaneval.jsonl.gz")))("finds the made files in source code", async () => {
    const trace = join(folder, "code-trace.jsonl");
    const options = { benchmarks: [join(code, "humaneval.jsonl.gz")], column: "content" };
    const inputs = [join(code, "corpus.jsonl.zst")];
    await runStep("decontaminate", { inputs, out: join(folder, "code.jsonl"), trace, options, source: { key: "id" } });
    const labels = readFileSync(join(code, "labels.csv"), "utf8").split(/\r?\n/);
    const made = new Map(
      labels.flatMap((line): [string, string][] => {
        const task = /,contaminated:[^,]*,[^,]*,([^,]*)/.exec(line)?.[1];
        return task === undefined ? [] : [[line.split(",")[0] ?? "", task]];
      }),
    );
    const told = await rowsOf(trace);
    const found = new Map(told.map(({ id, twin }) => [String(id), String(twin)]));
    for (const [id, task] of made) expect(found.get(id)).toBe(`humaneval.jsonl.gz:${task}`);
    expect(made.size).toBe(18);
    expect(told).toHaveLength(19);
  });
});
