import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Plan } from "../../plan/index.ts";

/** A plan over two small files: read in two tasks, one step, one more step, one output. */
export function smallPlan(root: string, buildId = "b1", last = "drop_a"): Plan {
  const files = ["one", "two"].map((name) => {
    const path = join(root, `${name}.txt`);
    const text = `${name}\nbanana\ncherry\n`;
    mkdirSync(root, { recursive: true });
    writeFileSync(path, text);
    // So big on paper that each file is a task of its own.
    return {
      path,
      name,
      bytes: Buffer.byteLength(text),
      hash: `hash of ${name}`,
      format: "text",
      codec: "plain",
      splits: [{}],
      rows: null,
      text_bytes: 300 * 1024 * 1024,
    };
  });
  const map = (step: string, kind: string) => ({ step, kind, options: {}, side: {} });
  return {
    format: 1,
    build_id: buildId,
    name: "small",
    seed: 1,
    code: "test",
    recipe: {},
    sources: [{ kind: "text", label: null, files, columns: [], key: null, options: {}, limit: null }],
    side_files: [],
    partitions: 1,
    parts: "arrow",
    steps: [
      { name: "read", shape: "read" },
      { name: "first", shape: "map" },
      { name: "last", shape: "map" },
    ],
    stages: [
      {
        id: 0,
        name: "first",
        kind: "map",
        input: { from: "source" },
        chain: [map("first", "drop_b")],
        keys: null,
        folds: [],
      },
      {
        id: 1,
        name: "last",
        kind: "map",
        input: { from: "parts", stage: 0, marks: [], columns: null },
        chain: [map("last", last)],
        keys: null,
        folds: [],
      },
      {
        id: 2,
        name: "output",
        kind: "output",
        input: { from: "parts", stage: 1, marks: [], columns: null },
        output: 0,
      },
    ],
    outputs: [
      {
        kind: "dataset",
        options: {
          format: "parquet",
          split: "train",
          shard_bytes: 1024,
          columns: null,
          compression: null,
          level: null,
          row_group_bytes: 1024,
        },
        results: {},
      },
    ],
  };
}

/** An empty folder of its own. */
export function freshFolder(): string {
  return mkdtempSync(join(tmpdir(), "gristmill-run-"));
}

/** What people see of a build: every file but the manifest's `run`. */
export function visible(out: string): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (folder: string) => {
    for (const name of readdirSync(folder).sort()) {
      if (name === ".gristmill") continue;
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path);
      else files[relative(out, path)] = name === "manifest.json" ? withoutRun(path) : readFileSync(path, "utf8");
    }
  };
  walk(out);
  return files;
}

function withoutRun(path: string): string {
  const { run: _, ...rest } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  return JSON.stringify(rest);
}
