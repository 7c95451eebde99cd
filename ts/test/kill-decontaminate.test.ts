import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { addon, root } from "./cli-process.ts";
import { killAndResume } from "./kill-and-resume.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-kill-decon-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `GRISTMILL_KILLS=10` for the whole proof; a few in every run of the suite. */
const KILLS = Number(process.env.GRISTMILL_KILLS ?? 2);

describe.skipIf(!addon)("decontamination", () => {
  it(
    `killed at ${KILLS} random moments and resumed, ends with the same rows, trace and findings`,
    async () => {
      const fixture = join(root, "fixtures/steps/decontaminate-drop");
      const items = readFileSync(join(fixture, "benchmark.jsonl"), "utf8").trimEnd().split("\n");
      mkdirSync(join(folder, "benchmarks"));
      for (const [i, item] of items.entries())
        writeFileSync(join(folder, `benchmarks/${i % 2}.jsonl`), `${item}\n`, { flag: "a" });
      const texts = readFileSync(join(fixture, "in.jsonl"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => String((JSON.parse(line) as { text: string }).text));
      const rows = Array.from({ length: 6_000 }, (_, n) =>
        JSON.stringify({ id: `r${n}`, text: `row ${n}: ${texts[n % texts.length]} ${"and so on ".repeat(n % 50)}` }),
      );
      writeFileSync(join(folder, "in.jsonl"), `${rows.join("\n")}\n`);
      const recipe = {
        name: "clean",
        sources: [{ jsonl: { path: "in.jsonl", key: "id" } }],
        steps: [
          { decontaminate: { benchmarks: ["benchmarks/*.jsonl"], action: "redact" } },
          "shuffle",
          { decontaminate: { benchmarks: "benchmarks", rules: "ngram", n: 5 } },
        ],
        outputs: [{ dataset: { format: "jsonl", shard_bytes: 200_000 } }],
      };
      writeFileSync(join(folder, "recipe.yaml"), JSON.stringify(recipe));
      const files = await killAndResume(join(folder, "recipe.yaml"), KILLS);
      expect(Object.keys(files).filter((name) => name.startsWith("data/")).length).toBeGreaterThan(3);
      expect(Object.keys(files).some((name) => name.startsWith("trace/"))).toBe(true);
    },
    60_000 + KILLS * 30_000,
  );
});
