import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build, readBatches, runStep } from "../api/index.ts";
import { addon, expectBalanced, gristmill, type ManifestOnDisk, manifestOf, visibleFiles } from "./cli-process.ts";

type Row = Record<string, unknown>;
interface Found {
  mix: { given: number; given_rows: number };
  columns: { column: string; values: Value[] }[];
  warnings: string[];
}

interface Value {
  value: string | null;
  wanted: number;
  achieved: number;
  epochs: number;
  quota?: number | null;
}

const folder = mkdtempSync(join(tmpdir(), "gm-mix-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
/** `GRISTMILL_KILLS=50` for the whole proof; a few in every run of the suite. */
const KILLS = Number(process.env.GRISTMILL_KILLS ?? 2);

async function rowsOf(...paths: string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const path of paths) for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return rows;
}

const LANGUAGES = ["go", "go", "go", "python", "c"];
const tokens = (i: number): number => 3 + ((i * 7919) % 90);

beforeAll(() => {
  const row = (i: number) => ({
    id: `r${i}`,
    language: LANGUAGES[i % 5],
    tier: 1 + (i % 3),
    repository: `repo-${i % 97}`,
    tokens: tokens(i),
    text: `text ${i}`,
  });
  const lines = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, i) => `${JSON.stringify(row(from + i))}\n`).join("");
  writeFileSync(at("wiki.jsonl"), lines(0, 2_000));
  writeFileSync(at("web.jsonl"), lines(2_000, 9_000));
});

const recipe = (mix: string, outputs = "  - dataset: { shard_bytes: 20000 }"): string => `name: mixed
seed: 3
sources:
  - jsonl: { path: ${at("wiki.jsonl")}, label: wiki, key: id }
  - jsonl: { path: ${at("web.jsonl")}, label: web, key: id }
steps:
  - train_test_split: { shares: { train: 8, validation: 1, test: 1 }, by: [repository] }
  - mix: ${mix}
  - shuffle
outputs:
${outputs}
`;

const MIX =
  "{ weights: { source: { wiki: 2, web: 1 }, language: { go: 1, python: 1, other: 1 } }, measure: tokens, budget: 120000, max_epochs: 3 }";

function foundIn(out: string): Found {
  const { findings } = manifestOf(out) as ManifestOnDisk & { findings: { step: string; found: Found }[] };
  return findings.find(({ step }) => step === "mix")?.found ?? expect.fail("the mix tells nothing");
}

describe.skipIf(!addon)("a mix of two sources in splits", () => {
  let whole: Record<string, string> = {};

  beforeAll(async () => {
    writeFileSync(at("recipe.yaml"), recipe(MIX));
    const result = await gristmill(["build", at("recipe.yaml"), "-o", at("whole"), "--threads", "1"]);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/source +wiki +66\.7 % +66\.[67] %/);
    whole = visibleFiles(at("whole"));
  });

  it("has the shares that were wanted, and every row is accounted for", async () => {
    const { mix, columns, warnings } = foundIn(at("whole"));
    expect(warnings).toEqual([]);
    expect(Math.abs(mix.given - 120_000)).toBeLessThanOrEqual(93);
    for (const { wanted, achieved } of columns.flatMap(({ values }) => values)) {
      expect(Math.abs(wanted - achieved)).toBeLessThan(0.002);
    }
    const manifest = manifestOf(at("whole"));
    expectBalanced(manifest);
    const step = manifest.steps.find(({ name }) => name === "mix");
    expect(step?.made).toBeGreaterThan(0);
    expect(step?.dropped.over_quota).toBeGreaterThan(0);
    expect(manifest.reports).toContain("reports/mix-report.json");
    // The rows that were written say the same.
    const rows = await rowsOf(...manifest.outputs.map(({ path }) => at(`whole/${path}`)));
    expect(rows).toHaveLength(mix.given_rows);
    const sum = (of: (row: Row) => boolean) => rows.filter(of).reduce((all, row) => all + Number(row.tokens), 0);
    expect(sum(() => true)).toBe(mix.given);
    expect(sum(({ source }) => source === "wiki") / mix.given).toBeCloseTo(2 / 3, 2);
    expect(sum(({ language }) => language === "c") / mix.given).toBeCloseTo(1 / 3, 2);
    const times = new Map<unknown, number>();
    for (const { id } of rows) times.set(id, (times.get(id) ?? 0) + 1);
    expect(Math.max(...times.values())).toBeLessThanOrEqual(3);
  });

  it("writes files and figures for each split, and parts no group", async () => {
    const { outputs } = manifestOf(at("whole"));
    const splitOf = new Map<unknown, string>();
    const shards = new Map<string, number>();
    for (const { path } of outputs) {
      const name = /^data\/(\w+)-\d{5}-of-\d{5}\.parquet$/.exec(path)?.[1] ?? expect.fail(path);
      shards.set(name, (shards.get(name) ?? 0) + 1);
      for (const { repository, split } of await rowsOf(at(`whole/${path}`))) {
        expect(split).toBe(name);
        expect(splitOf.get(repository) ?? name).toBe(name);
        splitOf.set(repository, name);
      }
    }
    expect([...shards.keys()]).toEqual(["train", "validation", "test"]);
    expect(shards.get("train")).toBeGreaterThan(1);
    const infos = JSON.parse(readFileSync(at("whole/dataset_infos.json"), "utf8")) as {
      default: { splits: Record<string, { num_examples: number }> };
    };
    const rows = Object.fromEntries(
      Object.entries(infos.default.splits).map(([name, one]) => [name, one.num_examples]),
    );
    for (const name of shards.keys()) {
      const written = outputs.filter(({ path }) => path.startsWith(`data/${name}-`));
      expect(rows[name]).toBe(written.reduce((sum, file) => sum + file.rows, 0));
    }
    const readme = readFileSync(at("whole/README.md"), "utf8");
    expect(readme).toContain("- split: validation\n        path: data/validation-*");
  });

  it("comes out the same with 2 and 7 threads", async () => {
    for (const threads of [2, 7]) {
      // By the command, as the first was: in a development tree another form of the code has another build id.
      const result = await gristmill(["build", at("recipe.yaml"), "-o", at(`t${threads}`), "--threads", `${threads}`]);
      expect(result.code, result.stderr).toBe(0);
      expect(visibleFiles(at(`t${threads}`)), `${threads} threads`).toEqual(whole);
    }
  });

  it("is only mixed anew when a weight or the budget changes", async () => {
    const events = async (mix: string) => {
      writeFileSync(at("changed.yaml"), recipe(mix));
      const args = ["build", at("changed.yaml"), "-o", at("changed"), "--overwrite", "--log-format", "json"];
      const result = await gristmill(args);
      expect(result.code, result.stderr).toBe(0);
      const lines = result.stderr.split("\n").filter((line) => line.startsWith("{"));
      const all = lines.map((line) => JSON.parse(line) as { event: string; stage: number; kind?: string });
      const stages = new Map(
        all.filter(({ event }) => event === "stage_start").map(({ stage, kind }) => [stage, kind]),
      );
      const kinds = (name: string) => [
        ...new Set(all.filter(({ event }) => event === name).map(({ stage }) => stages.get(stage))),
      ];
      return { ran: kinds("task_start"), reused: kinds("task_reused") };
    };
    expect((await events(MIX)).reused).toEqual([]);
    // What was read and labelled is there already, and so are the keys.
    const weights = await events(MIX.replace("wiki: 2", "wiki: 1").replace("120000", "90000"));
    expect(weights.reused).toEqual(["map", "scan"]);
    expect(weights.ran).toEqual(["decide", "exchange", "map", "output"]);
    expect(foundIn(at("changed")).columns[0]?.values[0]?.achieved).toBeCloseTo(0.5, 2);
    // A value more: keys are others, rows are not.
    expect((await events(MIX.replace("python: 1", "python: 1, c: 1"))).reused).toEqual(["map"]);
  });

  it(
    `killed ${KILLS} times and resumed, ends with the same bytes`,
    async () => {
      for (let round = 0; round < KILLS; round += 1) {
        const out = at(`killed-${round}`);
        const wanted = 1 + Math.floor((round * 12) / KILLS + Math.random() * 6);
        let seen = 0;
        const killed = await gristmill(["build", at("recipe.yaml"), "-o", out, "--log-format", "json"], {
          onStderr(text, child) {
            seen += text.match(/"(task_start|task_done)"/g)?.length ?? 0;
            if (seen >= wanted) child.kill("SIGKILL");
          },
        });
        const resumed = await gristmill(["build", at("recipe.yaml"), "-o", out]);
        expect(resumed.code, `${killed.signal} after ${wanted} events: ${resumed.stderr}`).toBe(0);
        expect(visibleFiles(out), `${killed.signal} after ${wanted} events`).toEqual(whole);
        rmSync(out, { recursive: true });
      }
    },
    60_000 + KILLS * 20_000,
  );
});

describe.skipIf(!addon)("quotas", () => {
  it("are never passed, keep what they do not speak of, and are told", async () => {
    const rows = Array.from({ length: 3_000 }, (_, n) => ({
      id: `r${n}`,
      language: ["go", "c", "sql"][n % 3],
      license: n % 7 === 0 ? "GPL" : "MIT",
      tokens: 1 + ((n * 37) % 90),
    }));
    writeFileSync(at("capped.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const quotas = { language: { go: 10_000, c: 1_000_000 }, license: { GPL: 0, other: 50_000 } };
    const recipe = (name: string, mix: Record<string, unknown>) => {
      const source = { jsonl: { path: at("capped.jsonl"), key: "id" } };
      return {
        name,
        sources: [source],
        steps: [{ mix: { measure: "tokens", ...mix } }],
        outputs: [{ file: "out.jsonl" }],
      } as never;
    };
    await build(recipe("capped", { quotas }), { out: at("capped") });
    const left = await rowsOf(at("capped/out.jsonl"));
    const sum = (of: (row: Row) => boolean) => left.filter(of).reduce((all, row) => all + Number(row.tokens), 0);
    expect(sum(({ license }) => license === "GPL")).toBe(0);
    expect(sum(() => true)).toBeLessThanOrEqual(50_000);
    expect(sum(() => true)).toBeGreaterThan(49_000);
    expect(sum(({ language }) => language === "go")).toBeLessThanOrEqual(10_000);
    const { columns, warnings } = foundIn(at("capped"));
    expect(warnings).toEqual([]);
    expect(columns.map(({ values }) => values.map(({ value, quota }) => [value, quota]))).toEqual([
      [
        ["go", 10_000],
        ["c", 1_000_000],
        [null, null],
      ],
      [
        ["GPL", 0],
        [null, 50_000],
      ],
    ]);
    // One column: exact up to less than a row, all of the others, and a larger quota holds the smaller.
    const ids = async (go: number) => {
      const out = at(`go-${go}`);
      await build(recipe("one", { quotas: { language: { go } } }), { out });
      const rows = await rowsOf(join(out, "out.jsonl"));
      expect(rows.filter(({ language }) => language !== "go")).toHaveLength(2_000);
      const own = rows.filter(({ language }) => language === "go");
      const given = own.reduce((all, row) => all + Number(row.tokens), 0);
      expect([given <= go, given > go - 90]).toEqual([true, true]);
      return own.map(({ id }) => id);
    };
    const [some, more] = [await ids(5_000), await ids(12_000)];
    expect(some.every((id) => more.includes(id))).toBe(true);
    const both = build(recipe("both", { quotas, weights: { language: { go: 1 } } }), { out: at("both") });
    await expect(both).rejects.toThrow(/only one of them/);
    const half = build(recipe("half", { quotas: { language: { go: 1.5 } } }), { out: at("half") });
    await expect(half).rejects.toThrow(/go/);
  });
});

describe.skipIf(!addon)("splits", () => {
  it("leave the order of rows in other outputs alone, and go by names that people use", async () => {
    const rows = ["valid", "train", "dev", "train", "extra"].map((part, i) => ({ id: `r${i}`, part }));
    writeFileSync(at("named.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const outputs = [{ dataset: { split_by: "part", format: "jsonl" } }, { file: "all.jsonl" }];
    await build({ sources: [{ jsonl: at("named.jsonl") }], steps: [], outputs } as never, { out: at("named") });
    expect((await rowsOf(at("named/all.jsonl"))).map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    const ids = async (name: string) =>
      (await rowsOf(at(`named/data/${name}-00000-of-00001.jsonl`))).map(({ id }) => id);
    expect(await ids("train")).toEqual(["r1", "r3"]);
    expect(await ids("validation")).toEqual(["r0", "r2"]);
    expect(await ids("extra")).toEqual(["r4"]);
  });

  it("refuse rows without one", async () => {
    writeFileSync(at("none.jsonl"), '{"part":"train"}\n{"part":null}\n');
    writeFileSync(
      at("none.yaml"),
      `sources:\n  - jsonl: ${at("none.jsonl")}\nsteps: []\noutputs:\n  - dataset: { split_by: part }\n`,
    );
    await expect(build(at("none.yaml"), { out: at("none") })).rejects.toMatchObject({ code: "GM_RUN_BAD_SPLIT" });
    expect(existsSync(at("none/data"))).toBe(false);
  });

  it("are not lost on the way to files", async () => {
    const recipe = (steps: unknown[], output: unknown) =>
      ({
        sources: [{ jsonl: at("named.jsonl") }],
        steps: [{ train_test_split: {} }, ...steps],
        outputs: [output],
      }) as never;
    const drop = [{ drop_columns: { columns: ["split"] } }];
    const lost = build(recipe(drop, "dataset"), { out: at("lost") });
    await expect(lost).rejects.toMatchObject({ code: "GM_PLAN_NO_SPLIT" });
    await build(recipe(drop, { dataset: { split: "test" } }), { out: at("whole-test") });
    expect(manifestOf(at("whole-test")).outputs).toMatchObject([{ path: "data/test-00000-of-00001.parquet", rows: 5 }]);
    // One file has no splits to lose.
    await build(recipe(drop, { file: "all.csv" }), { out: at("one-file") });
  });

  it("have exactly the rows that were asked for, and groups stay whole", async () => {
    const split = async (name: string, options: Record<string, unknown>) => {
      await runStep("train_test_split", { inputs: [at("wiki.jsonl")], out: at(name), options });
      const rows = await rowsOf(at(name));
      const of = (wanted: string) => rows.filter(({ split }) => split === wanted);
      return { rows, validation: of("validation"), test: of("test"), train: of("train") };
    };
    const exact = await split("exact.jsonl", { rows: { validation: 150, test: 51 } });
    expect([exact.validation.length, exact.test.length, exact.train.length]).toEqual([150, 51, 1_799]);
    const groups = await split("groups.jsonl", { rows: { validation: 150, test: 51 }, by: ["repository"] });
    // 97 repositories of 20 or 21 rows.
    expect(groups.validation.length).toBeGreaterThanOrEqual(150);
    expect(groups.validation.length).toBeLessThan(171);
    expect(groups.test.length).toBeLessThan(72);
    const found = new Map(groups.rows.map(({ repository, split }) => [repository, split]));
    for (const { repository, split } of groups.rows) expect(found.get(repository)).toBe(split);
  });

  it("of no rows at all are one empty file", async () => {
    writeFileSync(at("empty.jsonl"), "");
    const steps = [{ train_test_split: {} }];
    await build({ sources: [{ jsonl: at("empty.jsonl") }], steps, outputs: ["dataset"] } as never, {
      out: at("empty"),
    });
    expect(manifestOf(at("empty")).outputs).toMatchObject([{ path: "data/train-00000-of-00001.parquet", rows: 0 }]);
  });
});

describe.skipIf(!addon)("the command mix", () => {
  it("prints what it achieved, and warns of what is lacking", async () => {
    const args = ["mix", at("web.jsonl"), "-o", at("few.jsonl"), "--measure", "rows", "--budget", "6000"];
    const result = await gristmill([...args, "--weights.language.c", "1", "--weights.language.go", "1"]);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/warning: language c: 50\.0 % wanted, 25\.0 % achieved/);
    expect(result.stdout).toMatch(/no weight 1,400/);
  });

  it("gives epochs as they are told", async () => {
    const epochs = { language: { c: 2, go: 0.5 } };
    await runStep("mix", { inputs: [at("web.jsonl")], out: at("epochs.jsonl"), options: { epochs, measure: "rows" } });
    const rows = await rowsOf(at("epochs.jsonl"));
    expect(rows.filter(({ language }) => language === "c")).toHaveLength(2_800);
    expect(rows.filter(({ language }) => language === "go")).toHaveLength(2_100);
    expect(rows).toHaveLength(4_900);
  });

  it("refuses what makes no sense", async () => {
    const mix = async (options: Record<string, unknown>): Promise<unknown> => {
      const run = runStep("mix", { inputs: [at("web.jsonl")], out: at("no.jsonl"), options });
      return run.then(
        () => "done",
        (error: { code?: string }) => error.code,
      );
    };
    expect(await mix({})).toBe("GM_RECIPE_BAD_OPTION");
    expect(await mix({ weights: { language: { c: 0 } } })).toBe("GM_RECIPE_BAD_OPTION");
    expect(await mix({ weights: { lang: { c: 1 } } })).toBe("GM_RECIPE_MISSING_COLUMN");
    expect(await mix({ epochs: { language: { c: 1 } }, budget: 9 })).toBe("GM_RECIPE_BAD_OPTION");
  });
});
