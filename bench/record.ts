/** Lines of `bench/records`: figures together with what they were measured on. */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { native } from "../ts/native/index.ts";

export const BENCH = dirname(fileURLToPath(import.meta.url));
export const RECORDS = join(BENCH, "records");

/** The median of a cell. */
export interface BenchRecord extends Stamp {
  suite: string;
  summary: string;
  engine: string;
  kind: string;
  threads: number;
  mb: number;
  cpu_s: number;
  wall_s: number;
  mb_per_cpu_s: number;
  mb_per_s: number;
  peak_rss_mb: number;
  runs: number;
  rows_per_s?: number;
  /** What one core does; on a busy machine this is the steadier figure. */
  rows_per_cpu_s?: number;
  /** Rows a second by those of the original program, which used one core. */
  times_original?: number;
  times_original_per_cpu?: number;
  /** Boundary suite, record of Node: medians over the pairs of CPU through Node by CPU from Rust. */
  ratio?: { minus_start: number; whole: number };
}

interface Stamp {
  date: string;
  /** Cargo profile of the addon. */
  profile: string;
  machine: { cpu: string; cores: number; memory_gb: number; load1: number };
  versions: Record<string, string>;
}

/** Date, machine, load and versions of now. */
export function stamp(): Stamp {
  const own = JSON.parse(readFileSync(join(BENCH, "..", "package.json"), "utf8")) as { version: string };
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: BENCH, encoding: "utf8" }).stdout.trim();
  return {
    date: new Date().toISOString(),
    profile: native.describe().profile,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: cpus().length,
      memory_gb: Math.round(totalmem() / 1e9),
      load1: Number((loadavg()[0] ?? 0).toFixed(2)),
    },
    versions: { gristmill: own.version, commit, node: process.versions.node, v8: process.versions.v8 },
  };
}

/** Adds a record to the file of the day. */
export function keep(record: BenchRecord): void {
  mkdirSync(RECORDS, { recursive: true });
  appendFileSync(join(RECORDS, `${record.date.slice(0, 10)}.jsonl`), `${JSON.stringify(record)}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
