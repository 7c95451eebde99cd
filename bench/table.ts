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
      cells.set(`${record.suite} ${record.engine} ${record.threads}`, record);
    }
  }
  return [...cells.values()];
}

const rate = (record: BenchRecord | undefined) => (record === undefined ? "" : record.mb_per_cpu_s.toFixed(0));

export function table(records: readonly BenchRecord[]): string {
  const rows = [...new Set(records.map((record) => record.suite))].map((suite) => {
    const own = records.filter((record) => record.suite === suite);
    const find = (engine: string, threads: number) =>
      own.find((record) => record.engine === engine && record.threads === threads);
    const native = find("native", 1);
    const baseline = find("baseline", 1);
    const two = find("native", 2);
    const peers = own.filter((record) => record.kind === "peer").map((peer) => `${peer.engine} ${rate(peer)}`);
    const times = native && baseline ? `${(native.mb_per_cpu_s / baseline.mb_per_cpu_s).toFixed(1)}×` : "";
    const cells = [
      own[0]?.summary ?? suite,
      rate(native),
      rate(baseline),
      times,
      peers.join(", "),
      two?.mb_per_s.toFixed(0) ?? "",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const last = records.at(-1);
  const machine = last
    ? `${last.machine.cpu}, ${last.machine.cores} cores, Node ${last.versions["node"]}, ${last.date.slice(0, 10)}`
    : "";
  return [
    "| path | native, MB per CPU s | pure JS | ratio | peers | native on 2 threads, MB/s |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    `Medians; ${machine}. \`npm run bench\` measures again, \`bench/records\` keeps every run.`,
  ].join("\n");
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
