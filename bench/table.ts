/**
 * Puts the newest record of every cell into the README, between `<!-- bench:start -->` and `<!-- bench:end -->`.
 * `--check` only says whether the table there is the one the records give.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchRecord } from "./record.ts";

const BENCH = dirname(fileURLToPath(import.meta.url));
const README = join(BENCH, "..", "README.md");
const START = "<!-- bench:start -->";
const END = "<!-- bench:end -->";

/** The newest record of each suite, engine and thread count, in the order they were first measured. */
function newest(): BenchRecord[] {
  const cells = new Map<string, BenchRecord>();
  for (const name of readdirSync(join(BENCH, "records"))
    .filter((file) => file.endsWith(".jsonl"))
    .sort()) {
    for (const line of readFileSync(join(BENCH, "records", name), "utf8").split("\n")) {
      if (line === "") continue;
      const record = JSON.parse(line) as BenchRecord;
      // The store has no counterpart to stand beside; its records are read as they are.
      if (record.kind !== "store") cells.set(`${record.suite} ${record.engine} ${record.threads}`, record);
    }
  }
  return [...cells.values()];
}

const rate = (record: BenchRecord | undefined) => (record === undefined ? "" : record.mb_per_cpu_s.toFixed(0));

function row(own: readonly BenchRecord[]): string {
  const find = (engine: string, threads: number) =>
    own.find((record) => record.engine === engine && record.threads === threads);
  const native = find("native", 1);
  const baseline = find("baseline", 1);
  const two = find("native", 2);
  const peers = own.filter((record) => record.kind === "peer").map((peer) => `${peer.engine} ${rate(peer)}`);
  const times = native && baseline ? `${(native.mb_per_cpu_s / baseline.mb_per_cpu_s).toFixed(1)}×` : "";
  const memory = [native, baseline].map((record) => record?.peak_rss_mb ?? "?").join(" / ");
  return `| ${[own[0]?.summary, rate(native), rate(baseline), times, peers.join(", "), two?.mb_per_s.toFixed(0) ?? "", memory].join(" | ")} |`;
}

/** What driving from Node costs, one line per workload. */
function border(records: readonly BenchRecord[]): string[] {
  const percent = (ratio: number) => `${ratio < 1 ? "−" : "+"}${Math.abs((ratio - 1) * 100).toFixed(1)} %`;
  return records
    .filter((record) => record.kind === "boundary" && record.ratio !== undefined)
    .map(({ summary, threads, ratio = { minus_start: Number.NaN, whole: Number.NaN }, runs, cpu_s }) => {
      const start = `${percent(ratio.minus_start)} CPU without Node's own start, ${percent(ratio.whole)} with it`;
      return `| ${summary} | ${threads} | ${start} | ${cpu_s.toFixed(1)} | ${runs} |`;
    });
}

/** Who measured when: machine, versions, how the addon was compiled, and how busy the machine was. */
function circumstances(records: readonly BenchRecord[]): string {
  const last = records.at(-1);
  if (last === undefined) return "";
  const loads = records.map((record) => record.machine.load1);
  const load = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const peers = [...new Set(records.flatMap((record) => Object.entries(record.versions).map(([k, v]) => `${k} ${v}`)))]
    .filter((text) => !/^(gristmill|commit|node|v8) /.test(text))
    .join(", ");
  const profiles = [...new Set(records.map((record) => record.profile))].join(", ");
  return `${last.machine.cpu}, ${last.machine.cores} cores, Node ${last.versions["node"]}, addon ${profiles}, ${last.date.slice(0, 10)}, load average ${load}${peers === "" ? "" : `; ${peers}`}`;
}

export function table(records: readonly BenchRecord[]): string {
  const suites = new Set(records.filter((record) => record.kind !== "boundary").map((record) => record.suite));
  const lines = [
    "| path | native, MB per CPU s | pure JS | ratio | peers | native on 2 threads, MB/s | peak memory, native / JS, MB |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...[...suites].map((suite) => row(records.filter((record) => record.suite === suite))),
  ];
  const driven = border(records);
  if (driven.length > 0) {
    lines.push(
      "",
      "Driving the engine from Node, against the same run driven from a Rust program:",
      "",
      "| run | threads | more CPU through Node | CPU s | pairs |",
      "| --- | --- | --- | --- | --- |",
      ...driven,
    );
  }
  lines.push(
    "",
    `Medians, each cell in a process of its own, MB of input per second of CPU time on one thread where nothing else is said; ${circumstances(records)}. On a busy machine read CPU figures as ratios and wall figures (MB/s) as lower bounds. \`npm run bench\` measures again, \`bench/records\` keeps every run.`,
  );
  return lines.join("\n");
}

const readme = readFileSync(README, "utf8");
const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
if (start < 0 || end < start) throw new Error(`README.md has no ${START} … ${END}`);
const made = `${readme.slice(0, start + START.length)}\n${table(newest())}\n${readme.slice(end)}`;
if (process.argv.includes("--check")) {
  if (made !== readme) {
    process.stderr.write(
      "the benchmark table in README.md is not the one the records give: run `npm run bench:table`\n",
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(README, made);
}
