import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FileRef, PartsSink, RunResult, RunStatus, SinkSpec, StepCounts } from "../native/index.ts";
import type { UserMap, UserResult, UserRow } from "../steps/index.ts";
import type { Addon, RunHandle } from "./addon.ts";
import { columnsFor, columnsOf, decode, encode, type RowColumn, toRows, userFault } from "./arrow-rows.ts";
import { empty } from "./counts.ts";
import { pump } from "./engines/local.ts";
import { cancelled } from "./failures.ts";
import { Rejects } from "./rejects.ts";
import type { ChainLink, RowWork } from "./tasks.ts";
import { nativeChain } from "./tasks.ts";

/** The user's functions by the number the plan gives them. */
export type UserSteps = ReadonlyMap<number, UserMap>;

interface UserWork {
  addon: Addon;
  user: UserSteps;
  work: RowWork;
  signal: AbortSignal;
  look: (status: RunStatus) => void;
}

/**
 * Runs a chain that has steps of the user in it. Before each of them the rows are committed to passing parts, so
 * that their columns are known and counts and trace are kept; then they go through the function batch by batch, and
 * into the next run. The slow path, used nowhere else.
 */
export async function runWithUserSteps(given: UserWork): Promise<RunResult> {
  const { addon, work, signal, look } = given;
  if (work.sink.kind === "outlet") throw userFault("", "an outlet takes no steps of the user");
  const { folder, stem, task } = work.sink;
  const passing: string[] = [];
  const files: FileRef[] = [];
  const counts: RunResult["counts"] = [];
  try {
    let reader: Parameters<Addon["open"]>[0] | null = work.reader;
    let source: AsyncIterable<Uint8Array> | null = null;
    let feed: { columns: RowColumn[] } | null = null;
    const segments = splitAtUser(work.chain);
    for (const [n, { before, user, step }] of segments.entries()) {
      const last = user === null;
      const sink: SinkSpec = last ? work.sink : passingSink(folder, `user-${stem}-${n}`, task);
      const result = await openSegment(addon, reader, feed, source, before, sink, signal, look);
      const kept = result.files.filter((file) => file.role !== "part");
      // A feed is no reader: its records are rows that were counted before.
      counts.push(...(n === 0 ? result.counts : result.counts.filter((one) => one.step !== "read")));
      if (last) return { ...result, files: [...files, ...result.files], counts };
      files.push(...kept);
      const parts = result.files.filter((file) => file.role === "part").map((file) => join(folder, file.name));
      passing.push(...parts);
      const own = empty();
      counts.push({ step, counts: own });
      const rejects = new Rejects(folder, `${stem}-user-${n}`);
      const applied = applyUser({
        addon,
        parts,
        result,
        map: functionOf(given.user, user, step),
        step,
        counts: own,
        rejects,
        signal,
      });
      feed = { columns: await applied.columns() };
      source = applied.batches(files);
      reader = null;
    }
    throw userFault("", "the chain has no end");
  } finally {
    for (const path of passing) await rm(path, { force: true });
  }
}

interface Segment {
  before: ChainLink[];
  /** `null`: the end of the chain. */
  user: number | null;
  step: string;
}

function splitAtUser(chain: readonly ChainLink[]): Segment[] {
  const segments: Segment[] = [];
  let before: ChainLink[] = [];
  for (const one of chain) {
    if ("user" in one) {
      segments.push({ before, user: one.user, step: one.step });
      before = [];
    } else {
      before.push(one);
    }
  }
  return [...segments, { before, user: null, step: "" }];
}

function passingSink(folder: string, stem: string, task: number): PartsSink {
  return { kind: "parts", folder, stem, task, format: "arrow", part_bytes: 64 * 1024 * 1024, keys: null, folds: [] };
}

function functionOf(user: UserSteps, number: number, step: string): UserMap {
  const map = user.get(number);
  if (map === undefined)
    throw userFault(step, "its function is not at hand; a recipe with functions can only be built where it was made");
  return map;
}

async function openSegment(
  addon: Addon,
  reader: Parameters<Addon["open"]>[0] | null,
  feed: { columns: RowColumn[] } | null,
  source: AsyncIterable<Uint8Array> | null,
  before: readonly ChainLink[],
  sink: SinkSpec,
  signal: AbortSignal,
  look: (status: RunStatus) => void,
): Promise<RunResult> {
  if (reader !== null) return pump(addon.open(reader, nativeChain(before), sink), signal, look);
  if (feed === null || source === null) throw userFault("", "the chain has no source");
  const schema = Buffer.from(encode(feed.columns, [], [], "")).toString("base64");
  const run = addon.open({ kind: "feed", schema }, nativeChain(before), sink);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const [fed, ended] = await Promise.allSettled([
    feedAll(run, source, both).catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
    pump(run, both, look).catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  ]);
  // A broken run also breaks its feed, and the other way round; the cause is the one that is no cancellation.
  for (const outcome of [fed, ended])
    if (outcome.status === "rejected" && !isCancelled(outcome.reason)) throw outcome.reason;
  if (ended.status === "rejected") throw ended.reason;
  return ended.value;
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && "kind" in error && error.kind === "cancelled";
}

async function feedAll(run: RunHandle, source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const ipc of source) {
    if (signal.aborted) throw cancelled();
    await run.put(ipc);
  }
  run.end();
}

interface Apply {
  addon: Addon;
  parts: string[];
  result: RunResult;
  map: UserMap;
  step: string;
  counts: StepCounts;
  rejects: Rejects;
  signal: AbortSignal;
}

/** The user's function over passing parts: the columns that leave it, then the batches. */
function applyUser(apply: Apply): {
  columns(): Promise<RowColumn[]>;
  batches(files: FileRef[]): AsyncIterable<Uint8Array>;
} {
  const results = mapped(apply)[Symbol.asyncIterator]();
  let columns: RowColumn[] | null = null;
  let first: Mapped | null = null;
  return {
    async columns() {
      // Rows may all be dropped for a while: the first one kept tells the columns.
      const known = await passingColumns(apply.parts);
      for (;;) {
        const next = await results.next();
        if (next.done === true) break;
        if (next.value.rows.length === 0) continue;
        first = next.value;
        break;
      }
      columns = columnsFor(first?.rows ?? [], known, apply.step);
      return columns;
    },
    async *batches(files) {
      if (columns === null) throw userFault(apply.step, "its columns are not known");
      if (first !== null) yield encode(columns, first.ids, first.rows, apply.step);
      first = null;
      for (;;) {
        const next = await results.next();
        if (next.done === true) break;
        if (next.value.rows.length > 0) yield encode(columns, next.value.ids, next.value.rows, apply.step);
      }
      files.push(...(await apply.rejects.finish()));
    },
  };
}

async function passingColumns(parts: readonly string[]): Promise<RowColumn[]> {
  const path = parts[0];
  return path === undefined ? [] : columnsOf(decode(await readFile(path)));
}

interface Mapped {
  ids: string[];
  rows: UserRow[];
}

async function* mapped(apply: Apply): AsyncGenerator<Mapped> {
  const { addon, result, parts } = apply;
  const refs = result.files
    .filter((file) => file.role === "part")
    .map((file, i) => ({ path: parts[i] ?? "", task: 0, first_row: file.first_row ?? 0, rows: file.rows }));
  const run = addon.open(
    { kind: "parts", parts: refs, marks: [], columns: null, rows: null },
    { steps: [] },
    { kind: "outlet" },
  );
  try {
    for (;;) {
      if (apply.signal.aborted) throw cancelled();
      const ipc = await run.next();
      if (ipc === null) return;
      yield await mapBatch(apply, ipc);
    }
  } finally {
    run.close();
  }
}

async function mapBatch(apply: Apply, ipc: Uint8Array): Promise<Mapped> {
  const { ids, rows } = toRows(decode(ipc));
  const results = await callUser(apply, ids, rows);
  const out: Mapped = { ids: [], rows: [] };
  for (const [i, id] of ids.entries()) {
    await take(apply, id, results[i] ?? null, out);
  }
  apply.counts.rows_in += ids.length;
  apply.counts.rows_out += out.ids.length;
  return out;
}

async function callUser(apply: Apply, ids: readonly string[], rows: UserRow[]): Promise<UserResult[]> {
  let results: unknown;
  try {
    results = await apply.map(rows);
  } catch (error) {
    throw userFault(
      apply.step,
      `it failed on the batch from row ${ids[0] ?? ""} to ${ids.at(-1) ?? ""}: ${messageOf(error)}`,
      error,
    );
  }
  if (!Array.isArray(results) || results.length !== ids.length) {
    const got = Array.isArray(results) ? `${results.length} results` : typeof results;
    throw userFault(
      apply.step,
      `it got ${ids.length} rows from row ${ids[0] ?? ""} on and gave back ${got}; one result a row is needed`,
    );
  }
  return results as UserResult[];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function take(apply: Apply, id: string, result: UserResult, out: Mapped): Promise<void> {
  if (Array.isArray(result) && result.length > 0) {
    result.forEach((row, n) => {
      out.ids.push(`${id}-${n}`);
      out.rows.push(row);
    });
    apply.counts.made += result.length - 1;
    return;
  }
  const reason = result === null || Array.isArray(result) ? "user_dropped" : dropReason(result);
  if (reason === null) {
    out.ids.push(id);
    out.rows.push(result as UserRow);
    return;
  }
  apply.counts.dropped[reason] = (apply.counts.dropped[reason] ?? 0) + 1;
  await apply.rejects.add({ id, step: apply.step, reason });
}

/** `{ drop: "reason" }` and nothing else is a drop; a row may have a column of that name beside others. */
function dropReason(result: UserRow | { drop: string }): string | null {
  const keys = Object.keys(result);
  return keys.length === 1 && keys[0] === "drop" && typeof result.drop === "string" ? result.drop : null;
}
