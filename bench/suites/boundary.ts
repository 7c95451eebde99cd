/**
 * What does driving the engine from Node cost? The same specification is run by the package in Node and by a Rust
 * program without Node, in turn, each time in a process of its own; CPU is that of the whole process as the system
 * counts it, with and without the CPU of a Node that only starts.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { specOf, type Workload, workloads } from "../boundary/workloads.ts";
import { DATA, size } from "../inputs/data.ts";
import { BENCH, type BenchRecord, median, stamp } from "../record.ts";

const ROOT = join(BENCH, "..");

/** One process: CPU and wall seconds, peak memory, and what it printed. */
interface Measured {
  cpu: number;
  wall: number;
  rss: number;
  /** Rows and file hashes; must not depend on who drives. */
  result: string;
}

/** Runs a command under GNU time, which sees the process from outside, start and end included. */
function measure(command: string, args: string[]): Measured {
  const done = spawnSync("/usr/bin/time", ["-f", "%U %S %e %M", command, ...args], { encoding: "utf8", cwd: ROOT });
  if (done.error !== undefined) throw new Error(`the boundary suite needs GNU time: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${done.stderr}`);
  const [user = Number.NaN, system = Number.NaN, wall = Number.NaN, rss = Number.NaN] = (
    done.stderr.trim().split("\n").at(-1) ?? ""
  )
    .split(" ")
    .map(Number);
  return { cpu: user + system, wall, rss: rss / 1024, result: resultIn(done.stdout) };
}

function resultIn(printed: string): string {
  if (printed === "") return "";
  const { rows, sha256 } = JSON.parse(printed) as { rows: number; sha256: string[] };
  return JSON.stringify([rows, sha256]);
}

/** Builds the Rust program as the addon was built, and `dist`, which is what users run. */
function compile(profile: string): string {
  // For the same target directory as the addon's, so that everything but the program itself is there already.
  const target = /^host: (.+)$/m.exec(output("rustc", ["-vV"]))?.[1] ?? "";
  const name = profile === "debug" ? "dev" : profile;
  output("cargo", ["build", "--quiet", "--profile", name, "--target", target, "-p", "gristmill-bench-rust"]);
  output(process.execPath, [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
  return join(ROOT, "target", target, profile, "gristmill-bench-rust");
}

function output(command: string, args: string[]): string {
  const done = spawnSync(command, args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
  return done.stdout;
}

/** Runs all workloads; `pairs` of each side. `built`: a Rust program made of the addon's sources; else it is made. */
export async function boundary(
  pairs: number,
  threadCounts: readonly number[],
  built: string | undefined,
  tell: (line: string) => void,
): Promise<BenchRecord[]> {
  const rust = built ?? compile(stamp().profile);
  const records: BenchRecord[] = [];
  for (const workload of await workloads()) {
    for (const threads of threadCounts) records.push(...(await compare(workload, threads, pairs, rust, tell)));
  }
  return records;
}

async function compare(
  workload: Workload,
  threads: number,
  pairs: number,
  rust: string,
  tell: (line: string) => void,
): Promise<BenchRecord[]> {
  const folder = `${process.pid}-boundary`;
  const path = join(DATA, "out", `${folder}.json`);
  mkdirSync(join(DATA, "out"), { recursive: true });
  const drive = join(BENCH, "boundary", "drive.mjs");
  const once = async (command: string, ...args: string[]) => {
    rmSync(join(DATA, "out", folder), { recursive: true, force: true });
    writeFileSync(path, JSON.stringify(await specOf(workload, threads, folder)));
    return measure(command, args);
  };
  // Not measured: brings the input into the page cache for both.
  const wanted = (await once(rust, path)).result;
  const runs: { empty: Measured; node: Measured; rust: Measured }[] = [];
  for (let i = 0; i < pairs; i++) {
    const run = {
      empty: await once(process.execPath, drive),
      node: await once(process.execPath, drive, path),
      rust: await once(rust, path),
    };
    if (run.node.result !== wanted || run.rust.result !== wanted) throw new Error(`${workload.name}: other results`);
    runs.push(run);
  }
  rmSync(join(DATA, "out", folder), { recursive: true, force: true });
  rmSync(path);
  const empty = median(runs.map((run) => run.empty.cpu));
  const ratio = {
    minus_start: median(runs.map((run) => (run.node.cpu - empty) / run.rust.cpu)),
    whole: median(runs.map((run) => run.node.cpu / run.rust.cpu)),
  };
  const mb = size(workload.path) / 1e6;
  const records = (["node", "rust"] as const).map((engine): BenchRecord => {
    const cpu = median(runs.map((run) => run[engine].cpu));
    const wall = median(runs.map((run) => run[engine].wall));
    return {
      ...stamp(),
      suite: workload.name,
      summary: workload.summary,
      engine,
      kind: "boundary",
      threads,
      mb,
      cpu_s: cpu,
      wall_s: wall,
      mb_per_cpu_s: mb / cpu,
      mb_per_s: mb / wall,
      peak_rss_mb: Math.round(Math.max(...runs.map((run) => run[engine].rss))),
      runs: pairs,
      ...(engine === "node" ? { ratio } : {}),
    };
  });
  const [node, alone] = records;
  tell(`${workload.name}, ${threads} thread${threads === 1 ? "" : "s"}: ${workload.summary}, ${mb.toFixed(0)} MB`);
  tell(
    `  CPU s: Node ${node?.cpu_s.toFixed(2)} (its start alone ${empty.toFixed(2)}), Rust ${alone?.cpu_s.toFixed(2)}`,
  );
  tell(`  ratio ${ratio.minus_start.toFixed(3)} without Node's start, ${ratio.whole.toFixed(3)} with it`);
  tell(`  each: ${runs.map((run) => `${run.node.cpu.toFixed(2)}/${run.rust.cpu.toFixed(2)}`).join(" ")}`);
  return records;
}
