import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { STEPS } from "../steps/index.ts";
import { addon, expectFailure, gristmill, gristmillJson, root } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-commands-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SAMPLE = join(root, "fixtures/recipes/discord/export.json.gz");

describe("the recipe schema", () => {
  it("is draft-07, describes every property, takes the shipped recipe and refuses mistakes", async () => {
    const schema = await gristmillJson(["schema"]);
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    const check = new Ajv({ strict: false, allErrors: true }).compile(schema);
    const recipe = parse(readFileSync(join(root, "recipes/discord-dialogues.yaml"), "utf8")) as Record<string, unknown>;
    expect(check(recipe), JSON.stringify(check.errors?.slice(0, 3))).toBe(true);
    for (const { name, examples } of STEPS) {
      for (const { recipe: example } of examples) {
        const step = (parse(example) as unknown[])[0];
        expect(check({ ...recipe, steps: [step] }), `${name}: ${JSON.stringify(check.errors?.slice(0, 2))}`).toBe(true);
      }
    }
    for (const right of [
      { ...recipe, sources: [{ jsonl: "in.jsonl" }] },
      { ...recipe, sources: [{ jsonl: { path: "in.jsonl" } }, { csv: { path: ["a.csv", "b.csv"] } }] },
      { ...recipe, steps: [{ dedupe: "exact" }, { drop_columns: { columns: "a" } }] },
    ])
      expect(check(right), JSON.stringify(check.errors?.slice(0, 2))).toBe(true);
    for (const wrong of [
      { ...recipe, steps: [{ dedupe: { by: "exactly" } }] },
      { ...recipe, sorces: [] },
      { ...recipe, steps: [{ min_turns: { mn: 2 } }] },
      { ...recipe, steps: [{ min_turns: { min: "many" } }] },
      { ...recipe, steps: ["min_turn"] },
      { ...recipe, outputs: [{ dataset: { format: "xlsx" } }] },
      { steps: [] },
    ])
      expect(check(wrong), JSON.stringify(wrong).slice(0, 200)).toBe(false);
  });

  it("can be written to a file", async () => {
    const path = join(folder, "gristmill.schema.json");
    expect((await gristmill(["schema", "-o", path])).code).toBe(0);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ title: "gristmill recipe" });
  });
});

describe("completion", () => {
  it("is a script that bash takes, and knows commands, steps and options", async () => {
    const script = (await gristmill(["completion", "bash"])).stdout;
    execFileSync("bash", ["-n"], { input: script });
    const complete = (...words: string[]): string[] => {
      const set = `COMP_WORDS=(gristmill ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}; _gristmill; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const run = spawnSync("bash", ["-c", `${script}\n${set}`], { encoding: "utf8" });
      return run.stdout.split("\n").filter(Boolean);
    };
    expect(complete("bui")).toContain("build");
    expect(complete("min")).toContain("min_turns");
    expect(complete("build", "--thr")).toContain("--threads");
    expect(complete("build", "discord")).toContain("discord-dialogues");
  });

  it.each(["zsh", "fish"])("is there for %s", async (shell) => {
    const { code, stdout } = await gristmill(["completion", shell]);
    expect(code).toBe(0);
    for (const word of ["build", "min_turns", "threads", "discord-dialogues"]) expect(stdout).toContain(word);
  });

  it("of another shell is a usage failure", async () => {
    expectFailure(await gristmill(["completion", "tcsh"]), 2, "GM_CLI_USAGE");
  });
});

describe.skipIf(!addon)("looking at things", () => {
  it("doctor tells versions, addon and machine", async () => {
    const document = await gristmillJson(["doctor"]);
    expect(document).toMatchObject({
      gristmill: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      node: process.version,
      addon: { version: expect.any(String), threads: expect.any(Number) },
      cores: expect.any(Number),
      memory_bytes: expect.any(Number),
      disk_free_bytes: expect.any(Number),
    });
  });

  it("inspect shows columns, rows and first values, counts on request, escapes what terminals obey", async () => {
    const first = await gristmillJson(["inspect", SAMPLE, "-n", "2"]);
    expect(first).toMatchObject({ rows: 1495, columns: expect.arrayContaining(["message_id", "content"]) });
    expect(first.first).toHaveLength(2);
    expect(await gristmillJson(["inspect", SAMPLE, "-n", "1", "--no-count"])).toMatchObject({ rows: null });
    writeFileSync(join(folder, "esc.jsonl"), '{"text":"\\u001b[2Jgone\\u202e"}\n');
    const shown = await gristmill(["inspect", join(folder, "esc.jsonl")]);
    expect(shown.stdout).not.toContain("\u001b");
    expect(shown.stdout).not.toContain("\u202e");
    expectFailure(await gristmill(["inspect", join(folder, "none.csv")]), 3, "GM_IO_NOT_FOUND");
  });

  it("inspect finds rows by their values, the same ones for the same seed, and prints texts for pipes", async () => {
    const row = (n: number) => ({
      text: `row ${n}\u0007\n  end`,
      lang: n % 4 === 0 ? "Go" : "C",
      stars: n % 3,
      ids: [n],
    });
    const rows = Array.from({ length: 2_000 }, (_, n) => row(n));
    const path = join(folder, "where.jsonl");
    writeFileSync(path, rows.map((one) => `${JSON.stringify(one)}\n`).join(""));
    type Shown = { rows: number | null; first: { text: string; lang: string; stars: number }[] };
    const seeded = ["inspect", path, "-n", "7", "--seed", "3"];
    const found = await gristmillJson<Shown>([...seeded, "--language", "Go", "--where", "stars=1"]);
    expect(found.rows).toBe(rows.filter(({ lang, stars }) => lang === "Go" && stars === 1).length);
    expect(found.first).toHaveLength(7);
    expect(found.first.every(({ lang, stars }) => lang === "Go" && stars === 1)).toBe(true);
    expect(await gristmillJson<Shown>([...seeded, "--where", "stars=1", "--where", "lang=Go"])).toEqual(found);
    const first = await gristmillJson<Shown>(["inspect", path, "-n", "2", "--where", "lang=Go"]);
    expect([first.rows, first.first.map(({ text }) => text)]).toEqual([500, [row(0).text, row(4).text]]);
    const raw = await gristmill([...seeded, "--language", "Go", "--where", "stars=1", "--raw"]);
    expect(raw.stdout).toBe(found.first.map(({ text }) => `${text}\n`).join(""));
    const ids = await gristmill(["inspect", path, "-n", "2", "--raw", "--column", "ids"]);
    expect(ids.stdout).toBe("[0]\n[1]\n");
    const nothing = await gristmill(["inspect", path, "--where", "lang=go"]);
    expect([nothing.code, nothing.stderr]).toEqual([0, expect.stringContaining("no row has these values")]);
    for (const [args, code, told] of [
      [["--where", "language=Go"], "GM_API_BAD_OPTIONS", "columns: text, lang, stars, ids"],
      [["--where", "lang"], "GM_CLI_USAGE", "COLUMN=VALUE"],
      [["--where", "lang=Go", "--where", "lang=C"], "GM_CLI_USAGE", "twice"],
      [["--where", "ids=1"], "GM_STEP_WRONG_TYPE", "ids"],
      [["--raw", "--column", "nope"], "GM_CLI_USAGE", "columns: text"],
    ] as const) {
      const failed = await gristmill(["inspect", path, ...args]);
      expectFailure(failed, 2, code);
      expect(failed.stderr).toContain(told);
    }
    writeFileSync(path, '{"words":"x"}\n');
    const none = await gristmill(["inspect", path, "--language", "Go"]);
    expect(none.stderr).toContain("columns: words");
  });

  it("a dry run tells steps, inputs and estimates, and writes nothing", async () => {
    const run = await gristmill(["build", "discord-dialogues", "--dry-run", "-o", join(folder, "dry")]);
    expect(run.code, run.stderr).toBe(0);
    for (const word of ["filter_messages", "export.json.gz", "rows", "disk", "time", "memory"])
      expect(run.stdout).toContain(word);
    expect((await gristmill(["status", join(folder, "dry")])).code).toBe(3);
    const { estimates } = await gristmillJson<{ estimates: Record<string, number> }>([
      "build",
      "discord-dialogues",
      "--dry-run",
    ]);
    for (const key of ["estimated_text_bytes", "estimated_disk_bytes", "estimated_seconds", "estimated_memory_bytes"])
      expect(estimates[key]).toBeGreaterThan(0);
    expectFailure(
      await gristmill(["build", "discord-dialogues", "--dry-run", "--var", "input=nope"]),
      3,
      "GM_PLAN_NO_INPUT",
    );
  });

  it("a build prints its result on standard output alone, with tokens", async () => {
    const run = await gristmill(["build", "discord-dialogues", "-o", join(folder, "out")]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/out {2}[\d,]+ rows, [\d.,]+( [kMG])? tokens, /);
    expect(run.stderr).toBe("");
    const quiet = await gristmill(["build", "discord-dialogues", "-o", join(folder, "quiet"), "--quiet"]);
    expect([quiet.code, quiet.stdout, quiet.stderr]).toEqual([0, "", ""]);
  });

  it("a smaller sample is part of a bigger one; another seed is another sample", async () => {
    const ids = async (share: string, seed: string): Promise<Set<string>> => {
      const out = join(folder, `${share}-${seed}.jsonl`);
      const run = await gristmill(["sample", SAMPLE, "--fraction", share, "--seed", seed, "-o", out]);
      expect(run.code, run.stderr).toBe(0);
      return new Set(
        readFileSync(out, "utf8")
          .trim()
          .split("\n")
          .map((line) => (JSON.parse(line) as { message_id: string }).message_id),
      );
    };
    const [small, big, other] = [await ids("0.1", "7"), await ids("0.4", "7"), await ids("0.1", "8")];
    expect(small.size).toBeGreaterThan(60);
    expect([...small].every((id) => big.has(id))).toBe(true);
    expect([...other].every((id) => small.has(id))).toBe(false);
  });
});
