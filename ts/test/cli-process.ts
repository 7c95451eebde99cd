import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** Root of the tree. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The addon is not built in a checkout that only works on TypeScript; `npm test` builds it first. */
export const addon = existsSync(join(root, "bindings/index.js"));

/** Data beside the tree that not every checkout has. */
export const sharedChat = join(root, "../shared/data/chat");

/** The compiled command line where it is of this source, else the source itself. */
function command(): string[] {
  const stamp = join(root, "dist/.stamp");
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  const sources = readdirSync(join(root, "ts"), { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !/(^|[\\/])test[\\/]/.test(name),
  );
  if (sources.every((name) => statSync(join(root, "ts", name)).mtimeMs <= built))
    return [join(root, "bin/gristmill.js")];
  return ["--import", import.meta.resolve("tsx"), join(root, "ts/cli/entry.ts")];
}

const COMMAND = command();

/** What comes before the arguments: the start of the command line. */
export function cliCommand(): readonly string[] {
  return COMMAND;
}

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** The process is killed after so many milliseconds, and the test fails. */
  timeoutMs?: number;
  /** Called with the process and each piece of its standard error. */
  onStderr?: (text: string, child: ChildProcess) => void;
  onStart?: (child: ChildProcess) => void;
}

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  ms: number;
  /** Peak resident memory as last seen; 0 where the system does not tell. */
  peakBytes: number;
}

/** Starts the command line as a user would and waits for its end. */
export function gristmill(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const begun = performance.now();
  const child = spawn(process.execPath, [...COMMAND, ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const result: CliResult = { code: null, signal: null, stdout: "", stderr: "", ms: 0, peakBytes: 0 };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    result.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    result.stderr += text;
    options.onStderr?.(text, child);
  });
  options.onStart?.(child);
  const look = setInterval(() => {
    result.peakBytes = Math.max(result.peakBytes, peakOf(child.pid));
  }, 20);
  const limit = options.timeoutMs ?? 60_000;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limit);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearInterval(look);
      clearTimeout(timer);
      Object.assign(result, { code, signal, ms: performance.now() - begun });
      if (late) reject(new Error(`gristmill ${args.join(" ")} did not end within ${limit} ms\n${result.stderr}`));
      else resolve(result);
    });
  });
}

function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Runs a command that must succeed and gives its JSON document. */
export async function gristmillJson<T = Record<string, unknown>>(
  args: readonly string[],
  options: CliOptions = {},
): Promise<T> {
  const result = await gristmill([...args, "--json"], options);
  expect(result.code, result.stderr).toBe(0);
  return JSON.parse(result.stdout) as T;
}

/** A failure as conventions want it: exit code, code, and neither stack trace nor anything on standard output. */
export function expectFailure(result: CliResult, exit: number, code: string): void {
  expect(result.stderr).toContain(`error[${code}]`);
  expect(result.code, result.stderr).toBe(exit);
  expect(result.stderr).not.toMatch(/^\s+at .*:\d+/m);
  expect(result.stdout).toBe("");
}

export interface ManifestOnDisk {
  build_id: string;
  steps: {
    name: string;
    shape: string;
    rows_in: number;
    made: number;
    rows_out: number;
    dropped: Record<string, number>;
    merged: number;
    quarantined: number;
  }[];
  outputs: { path: string; rows: number; bytes: number; sha256: string }[];
  trace: { path: string; rows: number; bytes: number; sha256: string }[];
  inputs: { path: string; bytes: number; sha256: string }[];
  reports: string[];
  run: Record<string, unknown>;
}

export function manifestOf(out: string): ManifestOnDisk {
  return JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")) as ManifestOnDisk;
}

/** The counts of every step add up. */
export function expectBalanced({ steps }: Pick<ManifestOnDisk, "steps">): void {
  for (const { name, rows_in, made, rows_out, dropped, merged, quarantined } of steps) {
    const gone = Object.values(dropped).reduce((sum, n) => sum + n, 0);
    expect(rows_out + gone + merged + quarantined, name).toBe(rows_in + made);
  }
}

/** Every file that people see in an output folder, by path; the manifest without `run`, which tells times. */
export function visibleFiles(out: string): Record<string, string> {
  const files: Record<string, string> = {};
  if (!existsSync(out)) return files;
  for (const name of readdirSync(out, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(out, name);
    if (/^\.gristmill([\\/]|$)/.test(name) || !statSync(path).isFile()) continue;
    files[name] = name === "manifest.json" ? withoutRun(path) : readFileSync(path, "base64");
  }
  return files;
}

function withoutRun(path: string): string {
  const { run: _, ...rest } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  return JSON.stringify(rest);
}

/** Nothing of a data set is there: what failed left no half of one. */
export function expectNoDataset(out: string): void {
  expect(Object.keys(visibleFiles(out))).toEqual([]);
}
