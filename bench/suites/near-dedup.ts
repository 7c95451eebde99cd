import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runStep } from "../../ts/api/index.ts";
import { nearDedup } from "../baseline/near-dedup.ts";
import type { TextRow } from "../baseline/read-jsonl.ts";
import { DATA, size } from "../inputs/data.ts";
import { proseJsonl } from "../inputs/prose.ts";
import type { Suite } from "../suite.ts";

const PACKED = join(dirname(fileURLToPath(import.meta.url)), "../../../shared/data/perf");
const THRESHOLD = 0.8;

/** Passages with planted near duplicates: the shared set, or prose without any where that is missing. */
function passages(): string {
  return unpacked("dedup.jsonl") ?? proseJsonl();
}

function unpacked(name: string): string | undefined {
  const [path, from] = [join(DATA, name), join(PACKED, `${name}.zst`)];
  if (existsSync(path)) return path;
  if (!existsSync(from)) return undefined;
  mkdirSync(DATA, { recursive: true });
  const done = spawnSync("zstd", ["-q", "-f", "-d", from, "-o", `${path}.tmp`], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`install zstd to unpack ${from}: ${done.stderr}`);
  renameSync(`${path}.tmp`, path);
  return path;
}

const rowsOf = <T>(path: string): T[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);

/** What all engines must reach: of the planted pairs above the threshold hardly one is left whole. */
function verdict(out: string): string {
  const planted = unpacked("dedup_truth.jsonl");
  if (planted === undefined) return "no planted pairs";
  const kept = new Set(rowsOf<TextRow>(out).map(({ id }) => id));
  const pairs = rowsOf<{ a: string; b: string; jaccard5: number }>(planted);
  const found = (wanted: typeof pairs) =>
    wanted.filter(({ a, b }) => !kept.has(a) || !kept.has(b)).length / wanted.length;
  const [near, far] = [
    found(pairs.filter((p) => p.jaccard5 >= THRESHOLD)),
    found(pairs.filter((p) => p.jaccard5 < 0.4)),
  ];
  return near >= 0.985 && far <= 0.3
    ? "finds the planted pairs"
    : `finds ${near} of the pairs, and ${far} of what is none`;
}

/** From file to file, as its command does it. */
export const suite: Suite = {
  name: "near-dedup",
  summary: "near_dedup, word 5-grams, 128 values, JSONL to JSONL (native: the whole command)",
  input: async () => size(passages()),
  file: passages,
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (threads) => {
        const out = join(DATA, "out", `${process.pid}-near.jsonl`);
        const options = { threshold: THRESHOLD };
        const run = async () => {
          await runStep("near_dedup", { inputs: [passages()], out, threads, options, overwrite: true });
        };
        return { run, check: async () => run().then(() => verdict(out)) };
      },
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: async () => {
        const out = join(DATA, "out", `${process.pid}-near-js.jsonl`);
        const run = async () => {
          const rows = rowsOf<TextRow>(passages());
          const texts = rows.map(({ text }) => text);
          const lines = nearDedup(texts, THRESHOLD).map((row) => JSON.stringify(rows[row]));
          writeFileSync(out, `${lines.join("\n")}\n`);
        };
        return { run, check: async () => run().then(() => verdict(out)) };
      },
    },
  ],
  peers: [],
};
