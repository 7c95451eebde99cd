/**
 * `npm run bench [-- SUITE ...] [--repeat N] [--threads 1,2] [--no-record] [--rust PROGRAM]`: every suite with every engine, each cell
 * in a process of its own; results compared before any figure is kept; medians appended to `bench/records`. The suite
 * `boundary` (at least five pairs) compares the engine driven from Node with the engine driven from Rust, by a
 * program of `bench/rust` that is built first unless `--rust` names one.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DATA, MESSAGES_CSV, MESSAGES_JSONL } from "./inputs/data.ts";
import { BENCH, type BenchRecord, keep, median, stamp } from "./record.ts";
import type { Cell, Suite } from "./suite.ts";
import { boundary } from "./suites/boundary.ts";
import { SUITES } from "./suites/index.ts";

/** `taskset` of util-linux. */
const PINS = spawnSync("taskset", ["-c", "0", process.execPath, "--version"]).status === 0;
const PYTHON = process.env["PEER_PY"] ?? "python3";

function lastLine(command: string, args: string[]): Cell | null {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26, cwd: join(BENCH, "..") });
  if (done.error !== undefined) return null;
  if (done.status !== 0) throw new Error(`${args.join(" ")} failed:\n${done.stderr}`);
  return JSON.parse(done.stdout.trim().split("\n").at(-1) ?? "null") as Cell | null;
}

/** The command kept on as many cores as it has threads, so that one thread means one core; as it is where that cannot be done. */
const pinned = (threads: number, command: string, args: string[]): Cell | null =>
  PINS ? lastLine("taskset", ["-c", `0-${threads - 1}`, command, ...args]) : lastLine(command, args);

const runCell = (suite: Suite, engine: string, repeat: number, threads: number) =>
  pinned(threads, process.execPath, [
    "--import",
    "tsx",
    join(BENCH, "cell.ts"),
    suite.name,
    engine,
    `${repeat}`,
    `${threads}`,
  ]);

function runPeer(suite: Suite, peer: string, repeat: number, threads: number): Cell | null {
  const input = suite.file?.() ?? (suite.name === "read-csv" ? MESSAGES_CSV : MESSAGES_JSONL);
  const out = join(DATA, "out", `${peer}.parquet`);
  return pinned(threads, PYTHON, [join(BENCH, "peers.py"), suite.name, peer, `${repeat}`, `${threads}`, input, out]);
}

type Pace = Pick<BenchRecord, "rows_per_s" | "rows_per_cpu_s" | "times_original" | "times_original_per_cpu">;

/** Rows a second, and how often the original's. */
function pace({ rows, original }: Suite, wall: number, cpu: number): Pace {
  if (rows === undefined) return {};
  const own = { rows_per_s: Math.round(rows / wall), rows_per_cpu_s: Math.round(rows / cpu) };
  if (original === undefined) return own;
  return { ...own, times_original: rows / wall / original, times_original_per_cpu: rows / cpu / original };
}

function inRows({ rows_per_s, rows_per_cpu_s, times_original, times_original_per_cpu }: BenchRecord): string {
  if (rows_per_s === undefined || rows_per_cpu_s === undefined) return "";
  const rate = (rows: number, times: number | undefined) =>
    `${rows.toLocaleString("en")} rows${times === undefined ? "" : ` (${times.toFixed(1)} x the original)`}`;
  return `; ${rate(rows_per_cpu_s, times_original_per_cpu)} per CPU s, ${rate(rows_per_s, times_original)} per s`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repeat: { type: "string", default: "5" },
    threads: { type: "string", default: "1,2" },
    rust: { type: "string" },
    "no-record": { type: "boolean", default: false },
  },
});
const repeat = Number(values.repeat);
const threadCounts = values.threads.split(",").map(Number);
const names = [...SUITES.map((suite) => suite.name), "boundary"];
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`no suite ${unknown.join(", ")}; there are: ${names.join(", ")}`);
const wants = (name: string) => positionals.length === 0 || positionals.includes(name);
mkdirSync(join(DATA, "out"), { recursive: true });
let failed = 0;

for (const suite of SUITES.filter((one) => wants(one.name))) {
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
    const now = stamp();
    const record: BenchRecord = {
      ...now,
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
      ...pace(suite, wall, cpu),
      versions: { ...now.versions, ...(cell.version === undefined ? {} : { [engine]: cell.version }) },
    };
    process.stdout.write(
      `${label}  ${record.mb_per_cpu_s.toFixed(1)} MB per CPU s, ${record.mb_per_s.toFixed(1)} MB/s, ${record.peak_rss_mb} MB${inRows(record)}\n`,
    );
    if (!values["no-record"]) keep(record);
  }
}

if (wants("boundary")) {
  process.stdout.write("\n");
  const pairs = Math.max(repeat, 5);
  const records = await boundary(pairs, threadCounts, values.rust, (line) => process.stdout.write(`${line}\n`));
  if (!values["no-record"]) records.forEach(keep);
}
if (failed > 0) {
  process.stderr.write(`\n${failed} results differ\n`);
  process.exitCode = 1;
}
