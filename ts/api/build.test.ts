import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import type { UserMap } from "../steps/index.ts";
import {
  build,
  explain,
  gc,
  type RecipeObject,
  type RowBatch,
  readBatches,
  runStep,
  status,
  step,
  verify,
} from "./index.ts";
import { packageRoot } from "./version.ts";

const addon = existsSync(join(packageRoot, "bindings/index.js"));

function folder(): string {
  return mkdtempSync(join(tmpdir(), "gristmill-api-"));
}

/** Rows with duplicates and a bad line, big enough for several batches. */
function input(root: string, rows = 30_000): string {
  const path = join(root, "in.jsonl");
  const lines = Array.from({ length: rows }, (_, i) =>
    JSON.stringify({ n: i, text: `row ${i % 20_000} of many`, junk: "x" }),
  );
  lines.splice(7, 0, "{ not json");
  mkdirSync(root, { recursive: true });
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

function recipe(path: string, steps: RecipeObject["steps"]): RecipeObject {
  return { name: "small", seed: 3, sources: [{ jsonl: { path } }], steps, outputs: ["dataset"] };
}

const STEPS: RecipeObject["steps"] = [
  { drop_columns: ["junk"] },
  { dedupe: { by: ["exact"] } },
  "shuffle",
  { limit: 15_000 },
];

it.skipIf(!addon)("several files of one part hold each row once, in order", async () => {
  const root = folder();
  const path = input(root, 5000);
  const made = { ...recipe(path, []), outputs: [{ dataset: { format: "jsonl", shard_bytes: 40_000 } }] };
  const { rows, manifest } = await build(made, { out: join(root, "out"), noKeep: true });
  const files = (manifest?.outputs ?? []).map((file) => join(root, "out", file.path));
  expect(files.length).toBeGreaterThan(3);
  const numbers: unknown[] = [];
  for (const file of files)
    for await (const batch of readBatches(file)) numbers.push(...batch.rows().map((row) => row.n));
  expect(rows).toBe(5000);
  expect(numbers).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  rmSync(root, { recursive: true });
});

/** What people see of a build: every file but `run` of the manifest and what is made from it. */
function visible(out: string): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (at: string) => {
    for (const name of readdirSync(at).sort()) {
      const path = join(at, name);
      if (name === ".gristmill" || name === "report.html" || name === "README.md") continue;
      if (statSync(path).isDirectory()) walk(path);
      else files[relative(out, path)] = name === "manifest.json" ? withoutRun(path) : readFileSync(path, "base64");
    }
  };
  walk(out);
  return files;
}

function withoutRun(path: string): string {
  const { run: _, ...rest } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  return JSON.stringify(rest);
}

async function rowsOf(paths: string | string[]): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const batch of readBatches(paths)) rows.push(...batch.rows());
  return rows;
}

describe.skipIf(!addon)("a build with the addon", () => {
  it("writes the data set, verifies, tells stories, frees its parts", async () => {
    const root = folder();
    const out = join(root, "out");
    const { manifest, rows } = await build(recipe(input(root), STEPS), { out });
    expect(rows).toBe(15_000);
    expect(
      manifest?.steps.map(({ name, rows_in, rows_out, quarantined }) => [name, rows_in, rows_out, quarantined]),
    ).toEqual([
      ["read", 30_001, 30_000, 1],
      ["drop_columns", 30_000, 30_000, 0],
      ["dedupe", 30_000, 20_000, 0],
      ["shuffle", 20_000, 20_000, 0],
      ["limit", 20_000, 15_000, 0],
    ]);
    const written = await rowsOf(join(out, "data/train-00000-of-00001.parquet"));
    expect(written).toHaveLength(15_000);
    expect(Object.keys(written[0] ?? {})).toEqual(["n", "text"]);
    expect(await verify(out, { all: true })).toMatchObject({ ok: true, findings: [] });
    expect((await status(out)).state).toBe("finished");
    const dropped = (await rowsOf(readdirSync(join(out, "trace")).map((name) => join(out, "trace", name)))).find(
      (row) => String(row.reason).startsWith("duplicate"),
    );
    const story = await explain(out, String(dropped?.id));
    expect(story.fate).toBe("dropped");
    expect(story.lines.at(-1)).toMatchObject({
      step: "dedupe",
      what: "dropped",
      twin: expect.stringContaining("in.jsonl"),
    });
    expect((await explain(out, "nobody")).fate).toBe("unknown");
    expect((await gc(out)).freed).toBeGreaterThan(0);
    const shard = join(out, "data/train-00000-of-00001.parquet");
    const bytes = readFileSync(shard);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(shard, bytes);
    expect((await verify(out)).findings).toMatchObject([{ problem: "content" }]);
  });

  it("gives the same bytes with 1, 2 and 7 threads", async () => {
    const root = folder();
    const made = recipe(input(root), STEPS);
    const seen: Record<string, string>[] = [];
    for (const threads of [1, 2, 7]) {
      const out = join(root, `out-${threads}`);
      await build(made, { out, threads });
      seen.push(visible(out));
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  it("killed at random moments ends with the same bytes", async () => {
    const root = folder();
    const made = recipe(input(root, 60_000), STEPS);
    const whole = join(root, "whole");
    await build(made, { out: whole });
    const expected = visible(whole);
    const script = join(root, "build.mjs");
    const api = JSON.stringify(join(packageRoot, "ts/api/index.ts"));
    writeFileSync(
      script,
      `import { build } from ${api};\nconsole.log("go");\nawait build(${JSON.stringify(made)}, { out: process.argv[2] });\n`,
    );
    for (let round = 0; round < 6; round += 1) {
      const out = join(root, `killed-${round}`);
      await killedAfter(script, out, 20 + Math.random() * 600);
      const { upToDate } = await build(made, { out });
      expect(visible(out), `round ${round}, already done: ${upToDate}`).toEqual(expected);
      rmSync(out, { recursive: true });
    }
  });

  it("runs the user's own functions with counts and trace", async () => {
    const root = folder();
    const mine: UserMap = (rows) =>
      rows.map((row) => {
        if (Number(row.n) % 3 === 0) return null;
        if (Number(row.n) % 3 === 1) return { drop: "one_over" };
        return [
          { ...row, half: Number(row.n) / 2 },
          { ...row, half: null },
        ];
      });
    const made = recipe(input(root, 9_000), [
      { drop_columns: ["junk"] },
      { name: "mine", user: mine },
      { limit: 5_000 },
    ]);
    const { manifest } = await build(made, { out: join(root, "out") });
    expect(manifest?.steps.find(({ name }) => name === "mine")).toMatchObject({
      rows_in: 9_000,
      made: 3_000,
      rows_out: 6_000,
      dropped: { one_over: 3_000, user_dropped: 3_000 },
    });
    const rows = await rowsOf(join(root, "out/data/train-00000-of-00001.parquet"));
    expect(rows[0]).toEqual({ n: 2, text: "row 2 of many", half: 1 });
    expect(rows[1]).toEqual({ n: 2, text: "row 2 of many", half: null });
  });

  it("names step and row when the user's function fails", async () => {
    const root = folder();
    const broken: UserMap = () => {
      throw new Error("no such word");
    };
    const made = recipe(input(root, 10), [{ name: "broken", user: broken }]);
    await expect(build(made, { out: join(root, "out") })).rejects.toMatchObject({
      code: "GM_STEP_USER",
      message: expect.stringMatching(/broken.*in\.jsonl.*no such word/),
    });
  });
});

describe.skipIf(!addon)("steps alone", () => {
  it("as a command: file to file, trace beside it, nothing overwritten", async () => {
    const root = folder();
    const out = join(root, "out.csv");
    const given = { inputs: [input(root, 100)], out, trace: join(root, "trace.jsonl"), options: { columns: ["junk"] } };
    const { rows, steps } = await runStep("drop_columns", given);
    expect(rows).toBe(100);
    expect(steps.map(({ name }) => name)).toEqual(["read", "drop_columns"]);
    expect(readFileSync(out, "utf8").split("\n")[0]).toBe("n,text");
    expect(readFileSync(join(root, "trace.jsonl"), "utf8").trim().split("\n")).toHaveLength(1);
    await expect(runStep("drop_columns", given)).rejects.toMatchObject({ code: "GM_RUN_OUTPUT_EXISTS" });
    expect(readdirSync(root).sort()).toEqual(["in.jsonl", "out.csv", "trace.jsonl"]);
  });

  it("as functions over batches: maps stream, the others see all rows", async () => {
    const path = input(folder(), 25_000);
    const dropped: RowBatch[] = [];
    for await (const batch of step.dropColumns?.(readBatches(path), { columns: ["junk"] }) ?? []) dropped.push(batch);
    expect(dropped.reduce((sum, batch) => sum + batch.length, 0)).toBe(25_000);
    expect(dropped[0]?.columns).toEqual(["n", "text"]);
    let rows = 0;
    for await (const batch of step.dedupe?.(readBatches(path), { by: ["exact"] }) ?? []) rows += batch.length;
    expect(rows).toBe(20_000);
  });
});

/** Starts the script and kills it so many milliseconds after it began to build. */
function killedAfter(script: string, out: string, ms: number): Promise<void> {
  const child = spawn(process.execPath, ["--import", "tsx", script, out], {
    cwd: packageRoot,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve) => {
    child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), ms));
    child.once("exit", () => resolve());
  });
}
