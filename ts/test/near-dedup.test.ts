import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { build, readBatches, runStep } from "../api/index.ts";
import { addon, root } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-near-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shared = join(root, "../shared/data");

type Row = Record<string, unknown>;

async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return rows;
}

/** The first row of each row's cluster, as pairs join them. */
class Clusters {
  readonly #parents = new Map<string, string>();

  root(id: string): string {
    const parent = this.#parents.get(id) ?? id;
    return parent === id ? id : this.root(parent);
  }

  join(a: string, b: string): void {
    const [low = a, high = b] = [this.root(a), this.root(b)].sort();
    this.#parents.set(high, low);
  }

  pairs(): [string, string][] {
    const ids = [...this.#parents].flat().filter((id, at, all) => all.indexOf(id) === at);
    return ids.flatMap((a, at) =>
      ids.slice(0, at).flatMap((b): [string, string][] => (this.root(a) === this.root(b) ? [[a, b]] : [])),
    );
  }
}

const clustersOf = (pairs: Iterable<readonly [string, string]>): Clusters => {
  const clusters = new Clusters();
  for (const [a, b] of pairs) clusters.join(a, b);
  return clusters;
};

const texts = (rows: Row[], name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
  return path;
};

const FIRST = "one two three four five six seven eight nine ten eleven twelve";

describe.skipIf(!addon)("near_dedup", () => {
  const input = texts(
    [
      { name: "a", text: FIRST, stars: 1 },
      { name: "b", text: "something else that has nothing in common with the others", stars: 9 },
      { name: "c", text: `${FIRST} thirteen`, stars: 7 },
      { name: "d", text: FIRST.toUpperCase(), stars: 7 },
    ],
    "rows.jsonl",
  );

  it("tells for each dropped row which stays in its place, and how like it is", async () => {
    const [out, trace] = [join(folder, "first.jsonl"), join(folder, "first-trace.jsonl")];
    const { findings } = await runStep("near_dedup", { inputs: [input], out, trace, options: {} });
    expect(findings).toMatchObject([{ step: "near_dedup", found: { pairs: { alike: 1 }, sketch: { bands: 18 } } }]);
    expect((await rowsOf(out)).map(({ name }) => name)).toEqual(["a", "b"]);
    const told = await rowsOf(trace);
    const [a] = told.map(({ twin }) => twin);
    expect(told.map(({ reason, rule, twin }) => [reason, rule, twin])).toEqual([
      ["near_duplicate", "cluster 0, similarity 0.8889", a],
      ["duplicate_text", "cluster 0, similarity 1.0000", a],
    ]);
    expect(a).toMatch(/^rows\.jsonl:/);
  });

  it("keeps the best by a column, of equals the longest", async () => {
    const out = join(folder, "best.jsonl");
    await runStep("near_dedup", { inputs: [input], out, options: { keep: "best", by: "stars" } });
    expect((await rowsOf(out)).map(({ name }) => name)).toEqual(["b", "c"]);
    const pairless = runStep("near_dedup", {
      inputs: [input],
      out: join(folder, "no.jsonl"),
      options: { keep: "best" },
    });
    await expect(pairless).rejects.toMatchObject({ code: "GM_RECIPE_BAD_OPTION" });
    const unused = runStep("near_dedup", { inputs: [input], out: join(folder, "no.jsonl"), options: { by: "stars" } });
    await expect(unused).rejects.toMatchObject({ code: "GM_RECIPE_BAD_OPTION" });
  });

  it("flags all of a cluster and drops none", async () => {
    const out = join(folder, "flagged.jsonl");
    await runStep("near_dedup", { inputs: [input], out, options: { keep: "none" } });
    const flagged = (await rowsOf(out)).map(({ near_cluster, near_similarity }) => [near_cluster, near_similarity]);
    expect(flagged).toEqual([
      [0, 1],
      [null, null],
      [0, 0.888889],
      [0, 1],
    ]);
  });

  it("puts what it found into the manifest of a build", async () => {
    const out = join(folder, "build");
    const recipe = { name: "near", sources: [{ jsonl: input }], steps: ["near_dedup"], outputs: ["dataset"] };
    await build(recipe, { out });
    const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")) as {
      findings: { step: string; found: Record<string, unknown> }[];
    };
    expect(manifest.findings).toMatchObject([
      {
        step: "near_dedup",
        found: { copies: 1, clusters: { count: 1, rows: 3, sizes: [{ rows: 3, clusters: 1 }] } },
      },
    ]);
    expect(manifest.findings[0]?.found["examples"]).toHaveLength(1);
  });

  it.skipIf(!existsSync(join(shared, "code/near_pairs.csv")))("finds the near duplicates of source code", async () => {
    const [out, trace] = [join(folder, "code.jsonl"), join(folder, "code-trace.jsonl")];
    const corpus = join(shared, "code/corpus.jsonl.zst");
    const options = { text: "content", shingles: "code", threshold: 0.85 };
    await runStep("near_dedup", { inputs: [corpus], out, trace, options, source: { key: "id" } });
    const listed = readFileSync(join(shared, "code/near_pairs.csv"), "utf8").trim().split(/\r?\n/).slice(1);
    const truth = listed.flatMap((line): [string, string][] => {
      const [a = "", b = "", , , word5] = line.split(",");
      return Number(word5) >= 0.85 ? [[a, b]] : [];
    });
    // Those too short for a shingle are in the list of equal files alone.
    const equal = readFileSync(join(shared, "code/exact_groups.csv"), "utf8").trim().split(/\r?\n/).slice(1);
    const groups = equal.flatMap((line): [string, string][] => {
      const [first = "", ...others] = (line.split(",").at(-1) ?? "").split(" ");
      return others.map((other) => [first, other]);
    });
    const wanted = clustersOf([...truth, ...groups]);
    const told = await rowsOf(trace);
    const found = clustersOf(told.map(({ id, twin }) => [String(id), String(twin)] as const));
    const met = [...truth, ...groups].filter(([a, b]) => found.root(a) === found.root(b));
    expect(met.length / (truth.length + groups.length)).toBeGreaterThanOrEqual(0.99);
    const wrong = found.pairs().filter(([a, b]) => wanted.root(a) !== wanted.root(b));
    expect(wrong).toEqual([]);
  });
});
