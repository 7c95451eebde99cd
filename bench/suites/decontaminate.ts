import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { runStep } from "../../ts/api/index.ts";
import { Benchmark, type BenchmarkItem } from "../baseline/decontaminate.ts";
import type { TextRow } from "../baseline/read-jsonl.ts";
import { DATA, size } from "../inputs/data.ts";
import { proseJsonl } from "../inputs/prose.ts";
import type { Suite } from "../suite.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const SHARED = join(HERE, "../../../shared/data/code");
const FIXTURE = join(HERE, "../../fixtures/steps/decontaminate-drop/benchmark.jsonl");

/** Tasks for programmers: the shared set, or the few of the fixture. */
function benchmark(): string {
  const path = join(SHARED, "humaneval.jsonl.gz");
  return existsSync(path) ? path : FIXTURE;
}

function items(): BenchmarkItem[] {
  const bytes = readFileSync(benchmark());
  const text = (benchmark().endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as BenchmarkItem]));
}

/** Source code as rows of id and text: the shared set, or prose where it is missing. */
function code(): string {
  const [path, from] = [join(DATA, "code.jsonl"), join(SHARED, "corpus.jsonl.zst")];
  if (existsSync(path)) return path;
  if (!existsSync(from)) return proseJsonl();
  const done = spawnSync("zstd", ["-q", "-d", "-c", from], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`install zstd to unpack ${from}: ${done.stderr}`);
  mkdirSync(DATA, { recursive: true });
  const rows = done.stdout.split("\n").flatMap((line) => {
    const { id, content } = line === "" ? {} : (JSON.parse(line) as { id?: string; content?: string });
    return content === undefined ? [] : [JSON.stringify({ id, text: content })];
  });
  writeFileSync(`${path}.tmp`, `${rows.join("\n")}\n`);
  renameSync(`${path}.tmp`, path);
  return path;
}

const linesOf = (path: string): string[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");

/** The ids that are left. */
function left(path: string): string {
  const ids = linesOf(path).map((line) => (JSON.parse(line) as TextRow).id);
  return createHash("sha256").update(ids.join("\n")).digest("hex");
}

/** From file to file, as its command does it. */
const suiteOf = (name: string, what: string, input: () => string): Suite => ({
  name,
  summary: `decontaminate ${what} by 164 tasks, JSONL to JSONL (native: the whole command)`,
  input: async () => size(input()),
  file: input,
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (threads) => {
        const out = join(DATA, "out", `${process.pid}-${name}.jsonl`);
        const options = { benchmarks: [benchmark()] };
        const run = async () => {
          await runStep("decontaminate", { inputs: [input()], out, threads, options, overwrite: true });
        };
        return { run, check: async () => run().then(() => left(out)) };
      },
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: async () => {
        const out = join(DATA, "out", `${process.pid}-${name}-js.jsonl`);
        const run = async () => {
          const known = new Benchmark(items());
          const lines = linesOf(input()).filter((line) => !known.meets((JSON.parse(line) as TextRow).text));
          writeFileSync(out, `${lines.join("\n")}\n`);
        };
        return { run, check: async () => run().then(() => left(out)) };
      },
    },
  ],
  peers: [],
});

export const decontaminateCode = suiteOf("decontaminate", "source code", code);
export const decontaminateProse = suiteOf("decontaminate-prose", "prose", proseJsonl);
