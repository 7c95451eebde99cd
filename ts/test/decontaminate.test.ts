import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { build, plan, readBatches, runStep } from "../api/index.ts";
import { addon, manifestOf, root, visibleFiles } from "./cli-process.ts";
import { buildInSmallTasks } from "./small-tasks.ts";

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

  it("takes benchmarks from folders and globs, sorted, each once, under names that tell them apart", async () => {
    const item = (text: string) => `${JSON.stringify({ id: "1", text })}\n`;
    for (const name of ["b/test", "a/test", "a/other", "a/.hidden/test"]) {
      mkdirSync(join(folder, "many", dirname(name)), { recursive: true });
      write(`many/${name}.jsonl`, item(`the only words of ${name.replace("/", " ")} are here`));
    }
    write("many/b/csv.csv", "id,question\n1,what is asked in a table of commas and nothing else\n");
    write("many/README.md", "what is said about these benchmarks is no benchmark of its own\n");
    const texts = [
      "the only words of b test are here",
      "the only words of a other are here",
      "and what is said about these",
    ];
    const rows = write("rows-3.jsonl", texts.map((text) => `${JSON.stringify({ text })}\n`).join(""));
    const found = async (benchmarks: string[]) => {
      const options = { benchmarks, action: "flag" };
      const { findings } = await runStep("decontaminate", {
        inputs: [rows],
        out: join(folder, "many.jsonl"),
        options,
        overwrite: true,
      });
      const [{ found }] = findings as unknown as [{ found: { benchmarks: { file: string; items_found: number }[] } }];
      return found.benchmarks.map(({ file, items_found }) => `${file} ${items_found}`);
    };
    const all = ["other.jsonl 1", "a/test.jsonl 0", "csv.csv 0", "b/test.jsonl 1"];
    expect(await found([join(folder, "many")])).toEqual(all);
    const lines = all.filter((name) => !name.startsWith("csv"));
    expect(await found([join(folder, "many/**/*.jsonl")])).toEqual(lines);
    const some = [join(folder, "many/b/*.jsonl"), join(folder, "many/b/test.jsonl"), join(folder, "many/a")];
    expect(await found(some)).toEqual(["b/test.jsonl 1", "other.jsonl 1", "a/test.jsonl 0"]);
    mkdirSync(join(folder, "empty"));
    for (const [benchmarks, message] of [
      [join(folder, "empty"), "holds no file that can be read"],
      [join(folder, "many/*.parquet"), "no file matches"],
    ]) {
      await expect(found([benchmarks ?? ""])).rejects.toMatchObject({
        code: "GM_PLAN_NO_INPUT",
        message: expect.stringContaining(message ?? ""),
      });
    }
  });

  it("builds again when a file is added to a folder of benchmarks", async () => {
    mkdirSync(join(folder, "growing"));
    write("growing/one.jsonl", readFileSync(benchmark, "utf8"));
    const recipe = {
      name: "growing",
      sources: [{ jsonl: input }],
      steps: [{ decontaminate: [join(folder, "growing")] }],
      outputs: [{ file: "rows.jsonl" }],
    };
    const first = await plan(recipe);
    write("growing/two.txt", "one two three four five six seven eight nine ten eleven\n");
    const second = await plan(recipe);
    expect(second.build_id).not.toBe(first.build_id);
    expect(second.side_files.map(({ path }) => basename(path))).toEqual(["one.jsonl", "two.txt"]);
  });

  it.each(["drop", "redact", "flag"])("%s gives the same bytes for any threads, batches and tasks", async (action) => {
    const pieces = ["count river stones", ...readFileSync(input, "utf8").trimEnd().split("\n")].flatMap((line, i) =>
      i === 0 ? [line] : [String((JSON.parse(line) as Row).text)],
    );
    const text = (n: number) =>
      `row ${n} ${(pieces[n % pieces.length] ?? "").repeat(1 + (n % 3))} ${"filling ".repeat(n % 60)}`;
    const rows = Array.from({ length: 2_500 }, (_, n) => `${JSON.stringify({ id: `r${n}`, text: text(n) })}\n`);
    write("same.jsonl", rows.join(""));
    const recipe = {
      name: "same",
      sources: [{ jsonl: { path: join(folder, "same.jsonl"), key: "id" } }],
      // What a shuffle gives comes in as many tasks as there are partitions.
      steps: ["shuffle", { decontaminate: { benchmarks: [benchmark], action } }],
      outputs: [{ file: "rows.jsonl" }],
    };
    const one = join(folder, `${action}-one`);
    const many = join(folder, `${action}-many`);
    const whole = await build(recipe, { out: one, threads: 1 });
    const small = await buildInSmallTasks(recipe, { out: many, threads: 7, splitBytes: 60_000 });
    expect(small.tasks).toBeGreaterThan(5);
    expect(visibleFiles(many)["rows.jsonl"] === visibleFiles(one)["rows.jsonl"]).toBe(true);
    const { findings } = manifestOf(many) as unknown as { findings: [{ found: { rows: number } }] };
    expect(findings[0].found.rows).toBeGreaterThan(500);
    expect(findings).toEqual(whole.manifest?.findings);
    const trace = async (out: string) =>
      (await rowsOf(join(out, "trace")))
        .map((row) => JSON.stringify(row))
        .sort()
        .join("\n");
    if (action === "drop") expect((await trace(many)) === (await trace(one))).toBe(true);
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
