/**
 * `npm run bench [-- SUITE ...] [--repeat N] [--threads 1,2] [--no-record]`: every suite with every engine, each cell
 * in a process of its own; results compared before any figure is kept; medians appended to `bench/records`.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DATA, MESSAGES_CSV, MESSAGES_JSONL } from "./inputs/data.ts";
import type { BenchRecord } from "./record.ts";
import type { Cell, Suite } from "./suite.ts";
import { SUITES } from "./suites/index.ts";

const BENCH = dirname(fileURLToPath(import.meta.url));
const PYTHON = process.env["PEER_PY"] ?? "python3";

function lastLine(command: string, args: string[]): Cell | null {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26, cwd: join(BENCH, "..") });
  if (done.error !== undefined) return null;
  if (done.status !== 0) throw new Error(`${args.join(" ")} failed:\n${done.stderr}`);
  return JSON.parse(done.stdout.trim().split("\n").at(-1) ?? "null") as Cell | null;
}

const runCell = (suite: Suite, engine: string, repeat: number, threads: number) =>
  lastLine(process.execPath, [
    "--import",
    "tsx",
    join(BENCH, "cell.ts"),
    suite.name,
    engine,
    `${repeat}`,
    `${threads}`,
  ]);

function runPeer(suite: Suite, peer: string, repeat: number, threads: number): Cell | null {
  const input = suite.name === "read-csv" ? MESSAGES_CSV : MESSAGES_JSONL;
  const out = join(DATA, "out", `${peer}.parquet`);
  return lastLine(PYTHON, [join(BENCH, "peers.py"), suite.name, peer, `${repeat}`, `${threads}`, input, out]);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function versions(): Record<string, string> {
  const own = JSON.parse(readFileSync(join(BENCH, "..", "package.json"), "utf8")) as { version: string };
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: BENCH, encoding: "utf8" }).stdout.trim();
  return { gristmill: own.version, commit, node: process.versions.node, v8: process.versions.v8 };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repeat: { type: "string", default: "5" },
    threads: { type: "string", default: "1,2" },
    "no-record": { type: "boolean", default: false },
  },
});
const repeat = Number(values.repeat);
const threadCounts = values.threads.split(",").map(Number);
const chosen = SUITES.filter((suite) => positionals.length === 0 || positionals.includes(suite.name));
if (chosen.length === 0) throw new Error(`no such suite; there are: ${SUITES.map((suite) => suite.name).join(", ")}`);
mkdirSync(join(DATA, "out"), { recursive: true });
mkdirSync(join(BENCH, "records"), { recursive: true });
const day = new Date().toISOString().slice(0, 10);
let failed = 0;

for (const suite of chosen) {
  const bytes = await suite.input();
  process.stdout.write(`\n${suite.name}: ${suite.summary}, ${(bytes / 1e6).toFixed(1)} MB\n`);
  const cells: { engine: string; kind: string; threads: number; cell: Cell }[] = [];
  const add = (engine: string, kind: string, threads: number, cell: Cell | null) => {
    if (cell === null) process.stdout.write(`  ${engine.padEnd(10)} not installed, skipped\n`);
    else cells.push({ engine, kind, threads, cell });
  };
  for (const { name, kind } of suite.engines) {
    for (const threads of kind === "native" ? threadCounts : [1]) {
      add(name, kind, threads, runCell(suite, name, repeat, threads));
    }
  }
  for (const peer of suite.peers) add(peer, "peer", 1, runPeer(suite, peer, repeat, 1));
  const wanted = cells[0]?.cell.check;
  for (const { engine, kind, threads, cell } of cells) {
    const label = `  ${engine.padEnd(10)} ${threads} thread${threads === 1 ? " " : "s"}`;
    if (cell.check !== wanted) {
      failed++;
      process.stdout.write(`${label}  OTHER RESULT than ${cells[0]?.engine}: no figures kept\n`);
      continue;
    }
    const cpu = median(cell.runs.map((run) => run.cpu_s));
    const wall = median(cell.runs.map((run) => run.wall_s));
    const record: BenchRecord = {
      date: new Date().toISOString(),
      suite: suite.name,
      summary: suite.summary,
      engine,
      kind,
      threads,
      mb: bytes / 1e6,
      cpu_s: cpu,
      wall_s: wall,
      mb_per_cpu_s: bytes / 1e6 / cpu,
      mb_per_s: bytes / 1e6 / wall,
      peak_rss_mb: cell.peak_rss_mb,
      runs: cell.runs.length,
      machine: {
        cpu: cpus()[0]?.model.trim() ?? "unknown",
        cores: cpus().length,
        memory_gb: Math.round(totalmem() / 1e9),
        load1: Number((loadavg()[0] ?? 0).toFixed(2)),
      },
      versions: { ...versions(), ...(cell.version === undefined ? {} : { [engine]: cell.version }) },
    };
    process.stdout.write(
      `${label}  ${record.mb_per_cpu_s.toFixed(1)} MB per CPU s, ${record.mb_per_s.toFixed(1)} MB/s\n`,
    );
    if (!values["no-record"]) appendFileSync(join(BENCH, "records", `${day}.jsonl`), `${JSON.stringify(record)}\n`);
  }
}
if (failed > 0) {
  process.stderr.write(`\n${failed} results differ\n`);
  process.exitCode = 1;
}
