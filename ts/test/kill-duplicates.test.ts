import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "../api/index.ts";
import { addon } from "./cli-process.ts";
import { killAndResume } from "./kill-and-resume.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-kill-near-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `GRISTMILL_KILLS=10` for the whole proof; a few in every run of the suite. */
const KILLS = Number(process.env.GRISTMILL_KILLS ?? 2);

const words = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `w${(from + i) % 9973}`);

/** Texts of six lines, of which one in three is like the one before it, and some are copies. */
function texts(from: number, to: number): string {
  const lines = Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    const own = words(97 * (n - (n % 3 === 2 ? 1 : 0)), 60);
    if (n % 3 === 2 && n % 9 !== 2) own[n % 60] = "another";
    return JSON.stringify({ id: `d${n}`, text: own.map((word, at) => word + (at % 10 < 9 ? " " : "\n")).join("") });
  });
  return `${lines.join("\n")}\n`;
}

const source = (path: string) => ({ jsonl: { path, key: "id" } });

describe.skipIf(!addon)("duplicates", () => {
  beforeAll(async () => {
    writeFileSync(join(folder, "in.jsonl"), texts(0, 3000));
    writeFileSync(join(folder, "other.jsonl"), texts(2400, 2700));
    const other = {
      name: "other",
      sources: [source(join(folder, "other.jsonl"))],
      steps: ["near_dedup"],
      outputs: [{ known_rows: { text: "text", id: "id" } }],
    };
    await build(other, { out: join(folder, "other") });
  });

  it.each([
    ["near", { near_dedup: {} }],
    ["near-known", { near_dedup: { against: "other/known" } }],
    ["lines", { dedupe_lines: {} }],
  ])(
    `%s: killed at ${KILLS} random moments and resumed, end with the same bytes`,
    async (name, step) => {
      const steps = [step, { sort: { by: "text" } }];
      const recipe = { name, sources: [source("in.jsonl")], steps, outputs: [{ dataset: { shard_bytes: 200_000 } }] };
      writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(recipe));
      const files = await killAndResume(join(folder, `${name}.yaml`), KILLS);
      expect(Object.keys(files).some((path) => path.startsWith("trace"))).toBe(true);
    },
    60_000 + KILLS * 30_000,
  );
});
