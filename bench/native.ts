/** Native work for suites: one input file through a chain into a sink, with nothing around it. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { native, Run } from "../ts/native/index.ts";
import type { NativeStep, ReaderSpec, RunResult, SinkSpec } from "../ts/native/specs.ts";
import { DATA } from "./inputs/data.ts";

const SPLIT_BYTES = 256 << 20;

/** A reader of one whole file. */
async function reader(path: string): Promise<ReaderSpec> {
  const name = basename(path);
  const { format, codec, columns, splits } = await native.probe({
    path,
    name,
    format: null,
    options: {},
    split_bytes: SPLIT_BYTES,
  });
  return {
    kind: "input",
    splits: splits.map((split) => ({ path, name, format, codec, split })),
    columns,
    options: {},
    key: null,
    limit: null,
  };
}

/** Runs to the end. */
export async function pump(path: string, steps: NativeStep[], sink: SinkSpec): Promise<RunResult> {
  using run = Run.open(await reader(path), { steps }, sink);
  for (;;) {
    const status = await run.wait(50);
    if (status.result !== null) return status.result;
    if (status.state === "cancelled") throw new Error("a benchmark run was cancelled");
  }
}

/** All rows of a file as Arrow IPC streams in memory. */
export async function batches(path: string): Promise<Uint8Array[]> {
  using run = Run.open(await reader(path), { steps: [] }, { kind: "outlet" });
  const all: Uint8Array[] = [];
  for (let next = await run.next(); next !== null; next = await run.next()) all.push(next);
  return all;
}

function fresh(stem: string): { folder: string; stem: string; task: number } {
  const folder = join(DATA, "out", `${process.pid}-${stem}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return { folder, stem, task: 0 };
}

/** Reads and counts, keeps nothing. */
export const drain = (): SinkSpec => ({ kind: "scan", ...fresh("scan"), keys: null, folds: [] });

/** Writes one file. */
export const into = (kind: string, columns: string[] | null): SinkSpec => ({
  kind: "output",
  ...fresh(kind),
  format: { kind, options: {} },
  columns,
});

/** Path of the one file a run has written. */
export function written(result: RunResult, sink: SinkSpec): string {
  const file = result.files.find((one) => one.role === "output");
  if (file === undefined || !("folder" in sink)) throw new Error("the run has written no output");
  return join(sink.folder, file.name);
}

/** Hash of the id and text of all rows of a file, as JSON lines. */
export async function hashRows(path: string, steps: NativeStep[] = []): Promise<string> {
  const sink = into("jsonl", ["id", "text"]);
  const out = written(await pump(path, steps, sink), sink);
  const hash = createHash("sha256").update(readFileSync(out)).digest("hex");
  rmSync(out);
  return hash;
}

export function threads(count: number): void {
  native.configure({ threads: count, memoryBytes: 4 * 2 ** 30 });
}
