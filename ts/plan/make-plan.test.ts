import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ProbeResult, ProbeSpec } from "../native/index.ts";
import { loadRecipe } from "../recipe/index.ts";
import { distinct, globPattern } from "./find-files.ts";
import { describePlan, fingerprints, makePlan, type Plan, type Stage } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-plan-"));
mkdirSync(join(folder, "a/b"), { recursive: true });
for (const name of ["a/x.csv", "a/b/x.csv", "a/b/y.csv.gz", "a/notes.md", "a/.hidden.csv"])
  writeFileSync(join(folder, name), `text\n${name}\n`);

const MESSAGES = [
  "message_id",
  "message_reference_message_id",
  "guild_id",
  "channel_id",
  "author_id",
  "author_bot",
  "content",
  "timestamp",
];

const probe =
  (columns: string[], text = 1000) =>
  (_spec: ProbeSpec): Promise<ProbeResult> =>
    Promise.resolve({
      format: "csv",
      codec: "plain",
      bytes: text,
      splits: [{ from: 0 }],
      columns: columns.map((name) => ({ name, type: "text" as const })),
      rows: null,
      estimated_text_bytes: text,
    });

const planOf = (
  steps: string,
  columns = MESSAGES,
  more: Partial<Parameters<typeof makePlan>[1]> = {},
  outputs = "  - dataset",
): Promise<Plan> => {
  const text = `sources:\n  - csv: a/x.csv\nsteps:\n${steps}\noutputs:\n${outputs}\n`;
  return makePlan(loadRecipe({ text, cwd: folder }), { code: "test", probe: probe(columns), ...more });
};

/** A stage in short: kind, chain, what it emits, where from. */
function short(stage: Stage): string {
  switch (stage.kind) {
    case "decide":
      return `decide ${stage.step} <${stage.keys}`;
    case "finish":
      return `finish ${stage.fold.name} <${stage.states}`;
    default: {
      const { input } = stage;
      const marks =
        input.from === "parts" ? input.marks.map((m) => `${m.step}@${m.stage}${m.count ? "!" : ""}`).join("+") : "";
      const from =
        input.from === "source" ? "source" : `${input.from} ${input.stage}${marks === "" ? "" : ` ${marks}`}`;
      const chain = "chain" in stage && stage.chain.length > 0 ? ` [${stage.chain.map((m) => m.kind).join(" ")}]` : "";
      const emits =
        "folds" in stage
          ? [...(stage.keys === null ? [] : [`keys ${stage.keys.kind}`]), ...stage.folds.map((f) => `fold ${f.name}`)]
          : [];
      const rowless = stage.kind === "map" && stage.rowless === true ? " rowless" : "";
      return `${stage.kind}${rowless}${chain} <${from}${emits.length > 0 ? ` -> ${emits.join(", ")}` : ""}`;
    }
  }
}

describe("stages", () => {
  it("cuts the Discord recipe", async () => {
    const plan = await planOf(
      "  - filter_messages\n  - build_dialogues\n  - min_turns: 2\n  - dedupe\n  - close_turns\n  - add_stats\n  - sort_by_richness",
      MESSAGES,
      {},
      "  - dataset\n  - token_report",
    );
    expect(plan.stages.map(short)).toEqual([
      "map [filter_messages] <source -> keys message_duplicates",
      "decide filter_messages <0",
      "scan <parts 0 filter_messages@1 -> keys reply_links",
      "decide build_dialogues <2",
      "exchange <parts 0 filter_messages@1!+build_dialogues@3!",
      "map [min_turns] <exchange 4 -> keys dedupe_chain",
      "decide dedupe <5",
      "scan <parts 5 dedupe@6 -> keys dedupe_prefix",
      "decide dedupe <7",
      expect.stringMatching(
        /^map \[close_turns count_tokens add_stats.*\] <parts 5 dedupe@6!\+dedupe@8! -> fold richness$/,
      ),
      "finish richness <9",
      "exchange [richness_score] <parts 9",
      "map <exchange 11 -> fold token_report, fold turn_table",
      "finish token_report <12",
      "finish turn_table <12",
      "output <parts 12",
    ]);
    expect(plan.outputs[1]?.results).toEqual({ token_report: { stage: 13 }, turn_table: { stage: 14 } });
    expect(describePlan(plan, { threads: 2, memory: 1e9 }).stages).toHaveLength(16);
  });

  it("counts every select's marks exactly once", async () => {
    const plan = await planOf("  - dedupe: [exact]\n  - limit: 5\n  - sort: message_id\n  - slang\n  - limit: 3\n", [
      ...MESSAGES,
      "text",
    ]);
    const counted = plan.stages.flatMap((s) =>
      "input" in s && s.input.from === "parts" ? s.input.marks.filter((m) => m.count).map((m) => m.stage) : [],
    );
    const decided = plan.stages.filter((s) => s.kind === "decide").map((s) => s.id);
    expect(counted.toSorted((a, b) => a - b)).toEqual(decided);
    for (const stage of plan.stages)
      if (stage.kind === "output" && stage.input.from === "parts") expect(stage.input.marks).toEqual([]);
  });

  it("writes rows even when there is no step", async () => {
    const plan = await makePlan(
      loadRecipe({ text: "sources:\n  - csv: a\noutputs:\n  - file: out.csv\n", cwd: folder }),
      { code: "t", probe: probe(["text"]) },
    );
    expect(plan.stages.map(short)).toEqual(["map <source", "output <parts 0"]);
    expect(plan.sources[0]?.files.map(({ name }) => name)).toEqual(["b/x.csv", "b/y.csv.gz", "x.csv"]);
  });

  it("writes no rows that nobody reads", async () => {
    const report = "  - token_report:\n      about: [turns]";
    const stages = async (steps: string, outputs: string) =>
      (await planOf(steps, ["text", "source"], {}, outputs)).stages.map(short);
    expect(await stages("  - train_tokenizer", report)).toEqual([
      "map rowless <source -> fold tokenizer, fold turn_table",
      "finish tokenizer <0",
      "finish turn_table <0",
    ]);
    expect(await stages("  - min_turns: 2\n  - train_tokenizer", report)).toEqual([
      "map rowless [min_turns] <source -> fold tokenizer, fold turn_table",
      "finish tokenizer <0",
      "finish turn_table <0",
    ]);
    // Marks are counted once, and the steps after the fold want rows.
    expect(await stages("  - limit: 5\n  - train_tokenizer", report)).toEqual([
      "map <source -> keys row_order",
      "decide limit <0",
      "scan <parts 0 limit@1 -> fold tokenizer",
      "finish tokenizer <2",
      "map rowless <parts 0 limit@1! -> fold turn_table",
      "finish turn_table <4",
    ]);
    for (const [steps, outputs] of [
      ["  - train_tokenizer\n  - min_turns: 2", report],
      ["  - train_tokenizer", `${report}\n  - dataset`],
    ] as const) {
      expect((await stages(steps, outputs))[0]).toMatch(/^map <source -> fold tokenizer/);
    }
  });

  it("numbers partitions by text", async () => {
    const of = async (text: number) =>
      (await planOf("  - shuffle", ["text"], { probe: probe(["text"], text) })).partitions;
    expect([await of(1), await of(256 * 2 ** 20), await of(257 * 2 ** 20), await of(2 ** 31 + 1)]).toEqual([
      1, 1, 2, 16,
    ]);
  });
});

describe("identity", () => {
  it("keeps earlier fingerprints when the last step changes", async () => {
    const [a, b] = await Promise.all([
      planOf("  - dedupe: exact\n  - slang\n  - sort: text", ["text"]),
      planOf("  - dedupe: exact\n  - slang\n  - sort: { by: text, descending: true }", ["text"]),
    ]);
    const [x, y] = [fingerprints(a), fingerprints(b)];
    expect(a.build_id).not.toBe(b.build_id);
    const same = x.filter((print, i) => print === y[i]).length;
    expect(same).toBe(2);
    expect(x.slice(0, 2)).toEqual(y.slice(0, 2));
  });

  it("does not depend on where the input lies", async () => {
    const other = mkdtempSync(join(tmpdir(), "gm-plan-"));
    mkdirSync(join(other, "a"));
    writeFileSync(join(other, "a/x.csv"), "text\na/x.csv\n");
    const text = "sources:\n  - csv: a/x.csv\noutputs:\n  - dataset\n";
    const [here, there] = await Promise.all(
      [folder, other].map((cwd) => makePlan(loadRecipe({ text, cwd }), { code: "t", probe: probe(["text"]) })),
    );
    expect(here?.build_id).toBe(there?.build_id);
    expect(here && fingerprints(here)).toEqual(there && fingerprints(there));
  });
});

describe("faults", () => {
  it("names the nearest file", async () => {
    const load = (path: string) =>
      makePlan(loadRecipe({ text: `sources:\n  - csv: ${path}\noutputs:\n  - dataset\n`, cwd: folder }), {
        code: "t",
        probe: probe([]),
      });
    await expect(load("a/z.csv")).rejects.toMatchObject({
      code: "GM_PLAN_NO_INPUT",
      kind: "input",
      message: expect.stringContaining("did you mean"),
    });
    await expect(load("a/*.parquet")).rejects.toMatchObject({
      code: "GM_PLAN_NO_INPUT",
      message: expect.stringContaining("no file matches"),
    });
    await expect(load("nowhere/at/all")).rejects.toMatchObject({ code: "GM_PLAN_NO_INPUT" });
  });

  it("refuses steps whose columns nobody provides", async () => {
    await expect(planOf("  - close_turns", ["body"])).rejects.toMatchObject({
      code: "GM_RECIPE_MISSING_COLUMN",
      kind: "usage",
      message: expect.stringContaining('step close_turns needs column "text"'),
    });
    await expect(planOf("  - sort: tokens", ["text"])).rejects.toMatchObject({
      hint: expect.stringContaining("count_tokens"),
    });
    await expect(planOf("  - drop_columns: [text]\n  - slang", ["text"])).rejects.toMatchObject({
      code: "GM_RECIPE_MISSING_COLUMN",
    });
  });
});

it("tells files of one name apart", () => {
  const names = distinct([
    { path: "/d/a/x.csv", name: "x.csv" },
    { path: "/d/b/x.csv", name: "x.csv" },
    { path: "/d/y.csv", name: "y.csv" },
  ]).map((f) => f.name);
  expect(names).toEqual(["a/x.csv", "b/x.csv", "y.csv"]);
});

it("reads globs", () => {
  expect(globPattern("**/*.csv").test("a/b/x.csv")).toBe(true);
  expect(globPattern("**/*.csv").test("x.csv")).toBe(true);
  expect(globPattern("*.csv").test("a/x.csv")).toBe(false);
  expect(globPattern("x?(1).csv").test("xa(1).csv")).toBe(true);
});
