import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { build, readBatches, runStep } from "../api/index.ts";
import { addon, root, visibleFiles } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-lines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Row = Record<string, unknown>;

async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return rows;
}

const input = join(folder, "in.jsonl");
const NOTICE = "We use cookies to make this site <b>work</b> better.";
const texts = [
  `${NOTICE}\n\nThe mill stands at the river since 1832.\n}\n`,
  `The wheel was made by a carpenter of the village.\n}\n\n${NOTICE.toUpperCase()}\n`,
  `${NOTICE}\n`,
  `${NOTICE}\nShort.\n`,
];
writeFileSync(input, `${texts.map((text) => JSON.stringify({ text })).join("\n")}\n`);

describe.skipIf(!addon)("dedupe_lines", () => {
  it("cuts what came before, drops what has nothing left, and tells of both", async () => {
    const [out, trace] = [join(folder, "out.jsonl"), join(folder, "trace.jsonl")];
    const { findings, steps } = await runStep("dedupe_lines", {
      inputs: [input],
      out,
      trace,
      options: { min_left: 0.3 },
    });
    expect((await rowsOf(out)).map(({ text }) => text)).toEqual([
      texts[0],
      "The wheel was made by a carpenter of the village.\n}\n",
    ]);
    expect((await rowsOf(trace)).map(({ kind, reason, rule, excerpt }) => [kind, reason, rule, excerpt])).toEqual([
      ["changed", "duplicate_lines", "1 of 3 lines", NOTICE.toUpperCase()],
      ["dropped", "all_duplicate", "1 of 1 lines", texts[2]],
      ["dropped", "mostly_duplicate", "1 of 2 lines", texts[3]],
    ]);
    expect(steps.at(-1)).toMatchObject({ rows_in: 4, rows_out: 2, changed: { duplicate_lines: 1 } });
    expect(findings).toEqual([
      {
        step: "dedupe_lines",
        found: {
          unit: "lines",
          compared: 6,
          distinct: 3,
          repeated: 1,
          duplicates: 3,
          characters: { compared: 4 * NOTICE.length + 89, duplicates: 3 * NOTICE.length },
          examples: [{ times: 4, text: NOTICE }],
        },
      },
    ]);
  });

  it("cuts what comes too often wherever it stands", async () => {
    const out = join(folder, "all.jsonl");
    await runStep("dedupe_lines", { inputs: [input], out, options: { duplicates: "all", max: 3 } });
    expect((await rowsOf(out)).map(({ text }) => text)).toEqual([
      "The mill stands at the river since 1832.\n}\n",
      "The wheel was made by a carpenter of the village.\n}\n",
      "Short.\n",
    ]);
    await runStep("dedupe_lines", { inputs: [input], out, overwrite: true, options: { duplicates: "all", max: 4 } });
    expect((await rowsOf(out)).map(({ text }) => text)).toEqual(texts);
  });

  it("flags instead, and a build tells in its report what came most often", async () => {
    const out = join(folder, "build");
    const recipe = {
      name: "lines",
      sources: [{ jsonl: input }],
      steps: [{ dedupe_lines: { action: "flag" } }, { dedupe_lines: { unit: "paragraphs", compare: "exact" } }],
      outputs: [{ dataset: { format: "jsonl" } }],
    };
    await build(recipe, { out });
    const name = Object.keys(visibleFiles(out)).find((file) => file.startsWith("data")) ?? "";
    const rows = await rowsOf(join(out, name));
    const shares = rows.map(({ duplicate_lines, duplicate_line_chars }) => [duplicate_lines, duplicate_line_chars]);
    // The third row has nothing left after the second step.
    expect(shares).toEqual([
      [0, 0],
      [1 / 3, 52 / 102],
      [1 / 2, 52 / 58],
    ]);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("this site &lt;b&gt;work&lt;/b&gt; better.");
  });
});

const corpus = join(root, "../shared/data/code/corpus.jsonl.zst");

describe.skipIf(!addon)("whole texts", () => {
  it("are equal in what counts, and the best stays", async () => {
    const path = join(folder, "whole.jsonl");
    const rows = [
      { text: "The mill, 12", stars: 1 },
      { text: "the  MILL 12!", stars: 5 },
      { text: "the mill 13", stars: 2 },
      { text: "The mill,12", stars: null },
      { text: "👍", stars: 1 },
      { text: "😂", stars: 1 },
    ];
    writeFileSync(path, `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
    const out = join(folder, "whole-out.jsonl");
    const left = async (options: Record<string, unknown>): Promise<number[]> => {
      await runStep("dedupe", { inputs: [path], out, overwrite: true, options });
      const texts = (await rowsOf(out)).map(({ text }) => text);
      return rows.flatMap(({ text }, at) => (texts.includes(text) ? [at] : []));
    };
    expect(await left({ by: "exact" })).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await left({ by: "without_whitespace" })).toEqual([0, 1, 2, 4, 5]);
    expect(await left({ by: "normalised" })).toEqual([0, 2, 4, 5]);
    expect(await left({ by: "normalised", any_digit: true, keep: "best", best_by: "stars" })).toEqual([1, 4, 5]);
    expect(await left({ by: "normalised", keep: "longest" })).toEqual([1, 2, 4, 5]);
    for (const options of [
      { by: "normalised", keep: "best" },
      { by: "chain", keep: "longest" },
      { by: "exact", any_digit: true },
    ]) {
      await expect(left(options)).rejects.toMatchObject({ code: "GM_RECIPE_BAD_OPTION" });
    }
  });

  it.skipIf(!existsSync(corpus))(
    "that are alike in chains go for one that stays, where that is asked for",
    async () => {
      const listed = readFileSync(join(root, "../shared/data/code/near_clusters_085.csv"), "utf8")
        .trim()
        .split(/\r?\n/);
      const near = new Set(listed.slice(1).flatMap((line) => line.split(",").at(-1)?.split(" ") ?? []));
      const dropped = async (clusters: string): Promise<number> => {
        const [out, trace] = [join(folder, `${clusters}.jsonl`), join(folder, `${clusters}-trace.jsonl`)];
        const options = { text: "content", shingles: "code", threshold: 0.85, clusters };
        await runStep("near_dedup", { inputs: [corpus], out, trace, options, source: { key: "id" } });
        return (await rowsOf(trace)).filter(({ id }) => near.has(String(id))).length;
      };
      expect([await dropped("connected"), await dropped("sequential")]).toEqual([173, 169]);
    },
  );
});
