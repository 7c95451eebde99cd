import { join } from "node:path";
import type {
  ChainSpec,
  FileRef,
  FoldSpec,
  JobSpec,
  KeysSpec,
  NativeStep,
  PartRef,
  ReaderSpec,
  RouteSpec,
  SinkSpec,
} from "../native/index.ts";
import { GristmillError } from "../native/index.ts";
import { findOutput, splitsInOrder } from "../outputs/index.ts";
import type { FoldResult, Plan, PlannedMap, PlannedRoute, Stage, StageInput } from "../plan/index.ts";
import type { Done } from "./done.ts";
import { five, stageFolder } from "./folder.ts";
import { sourceReaders } from "./source-tasks.ts";

/** A task ready to be opened in the addon. */
export interface Task {
  stage: number;
  task: number;
  work: RowWork | { job: JobSpec };
  /** What it reads, by content: hashes, ranges and places. Part of its fingerprint. */
  reads: unknown;
  /** Input files and the sizes they had when the plan was made. */
  inputs?: { path: string; bytes: number }[];
}

/** Rows from a reader through a chain to a sink. A map with `user` runs in JavaScript. */
export interface RowWork {
  reader: ReaderSpec;
  chain: ChainLink[];
  sink: SinkSpec;
}

export type ChainLink = { native: NativeStep } | { user: number; step: string };

/** A finished stage: the records of its tasks, in task order. */
export interface DoneStage {
  folder: string;
  done: Done[];
}

/** What laying out tasks may know. Nothing in it depends on the machine but `memoryBytes`, which no result depends on. */
export interface Layout {
  plan: Plan;
  /** Folder of the build. */
  build: string;
  finished: ReadonlyMap<number, DoneStage>;
  /** Memory a decider may sort in. */
  memoryBytes: number;
}

/** A part is closed at the first block border past so many bytes. */
const PART_BYTES = 256 * 1024 * 1024;
/** Rows of an exchange sorted at once. Fixed, since it shows in the bytes of segments. */
const RUN_BYTES = 16 * 1024 * 1024;

/** The tasks of a stage, in order. The stages it reads are finished. */
export function stageTasks(layout: Layout, stage: Stage): Task[] {
  switch (stage.kind) {
    case "decide":
      return decideTasks(layout, stage);
    case "finish":
      return [finishTask(layout, stage)];
    case "output":
      return outputTasks(layout, stage);
    default:
      return rowTasks(layout, stage);
  }
}

/** The same task in a folder that is thrown away. */
export function inPassing(task: Task): Task {
  const { work } = task;
  if ("job" in work) {
    const { job } = work;
    return job.job === "hash" ? task : { ...task, work: { job: { ...job, passing: true } } };
  }
  const { sink } = work;
  return sink.kind === "outlet" ? task : { ...task, work: { ...work, sink: { ...sink, passing: true } } };
}

type RowStage = Extract<Stage, { kind: "map" | "scan" | "exchange" }>;

function rowTasks(layout: Layout, stage: RowStage): Task[] {
  const chain = stage.kind === "scan" ? [] : stage.chain.map((map) => link(layout, map));
  const side = stage.kind === "scan" ? [] : stage.chain.flatMap((map) => sideHashes(layout, map.side));
  return readers(layout, stage.input).map(({ reader, reads, inputs }, task) => ({
    stage: stage.id,
    task,
    work: { reader, chain, sink: rowSink(layout, stage, task) },
    reads: { reader: reads, side, route: stage.kind === "exchange" ? routeHashes(layout, stage.route) : [] },
    ...(inputs === undefined ? {} : { inputs }),
  }));
}

function rowSink(layout: Layout, stage: RowStage, task: number): SinkSpec {
  const folder = stageFolder(layout.build, stage.id);
  if (stage.kind === "exchange") {
    const stem = `ex-${five(task)}`;
    const route = nativeRoute(layout, stage.route);
    return { kind: "exchange", folder, stem, task, partitions: layout.plan.partitions, route, run_bytes: RUN_BYTES };
  }
  const keys = stage.keys === null ? null : withoutStep(stage.keys);
  const folds = stage.folds.map(withoutStep);
  if (stage.kind === "scan" || stage.rowless === true)
    return { kind: "scan", folder, stem: `scan-${five(task)}`, task, keys, folds };
  const stem = `part-${five(task)}`;
  const by = stage.by === undefined ? {} : { by: stage.by };
  return { kind: "parts", folder, stem, task, format: layout.plan.parts, part_bytes: PART_BYTES, keys, folds, ...by };
}

function withoutStep<T extends (KeysSpec | FoldSpec) & { step: string }>(spec: T): Omit<T, "step"> {
  const { step: _, ...native } = spec;
  return native;
}

interface Read {
  reader: ReaderSpec;
  reads: unknown;
  inputs?: { path: string; bytes: number }[];
}

/** Readers of a stage, one a task, with what they read by content. */
function readers(layout: Layout, input: StageInput): Read[] {
  switch (input.from) {
    case "source":
      return sourceReaders(layout.plan);
    case "parts": {
      const marks = input.marks.map((mark) => ({
        step: mark.step,
        files: pathsOf(layout, mark.stage, "marks"),
        reasons: mark.reasons,
        count: mark.count,
        label: mark.label,
        ...(mark.many === true ? { many: true } : {}),
        notes: mark.count ? (pathsOf(layout, mark.stage, "notes")[0] ?? null) : null,
      }));
      const marked = input.marks.flatMap((mark) => hashesOf(layout, mark.stage, "marks"));
      return partsOf(layout, input.stage).map(({ ref, sha256 }) => ({
        reader: { kind: "parts", parts: [ref], marks, columns: input.columns, rows: null },
        reads: [ref.task, ref.first_row, sha256, marked],
      }));
    }
    case "exchange": {
      const segments = stageOf(layout, input.stage).done.flatMap((done) =>
        done.files
          .filter((file) => file.role === "segment")
          .map((file) => ({ path: join(stageOf(layout, input.stage).folder, file.name), task: done.task })),
      );
      const group =
        input.group === null
          ? null
          : {
              step: input.step,
              kind: input.group.kind,
              options: input.group.options,
              side: sidePaths(layout, input.group.side),
            };
      const hashes = hashesOf(layout, input.stage, "segment");
      const side = input.group === null ? [] : sideHashes(layout, input.group.side);
      return Array.from({ length: layout.plan.partitions }, (_, partition) => ({
        reader: { kind: "partition", segments, partition, group, step: input.step },
        reads: [partition, hashes, side, input.step],
      }));
    }
  }
}

function decideTasks(layout: Layout, stage: Extract<Stage, { kind: "decide" }>): Task[] {
  const emitter = layout.plan.stages[stage.keys];
  if (emitter === undefined || (emitter.kind !== "map" && emitter.kind !== "scan") || emitter.keys === null) {
    throw broken(`stage ${stage.id} decides on keys that stage ${stage.keys} does not emit`);
  }
  const scanned = emitter.kind === "scan" && emitter.input.from === "parts" ? emitter.input.stage : null;
  // Rows are numbered in the parts that hold them; a scan has one task a part, and several parts may be one task's.
  const partTasks = scanned === null ? null : partsOf(layout, scanned).map(({ ref }) => ref.task);
  const emitted = stageOf(layout, stage.keys);
  const keys = emitted.done.flatMap((done) =>
    done.files
      .filter((file) => file.role === "keys")
      .map((file) => ({ path: join(emitted.folder, file.name), task: partTasks?.[done.task] ?? done.task })),
  );
  const task_rows = stageOf(layout, scanned ?? stage.keys).done.map((done) => done.rows);
  const partitions = emitter.keys.partitions;
  const tasks = stage.decider.kind === "by_key" ? partitions : 1;
  const hashes = hashesOf(layout, stage.keys, "keys");
  const reads = stage.decider.kind === "alike" || stage.decider.kind === "repeats";
  const parts = reads ? partsOf(layout, scanned ?? stage.keys) : [];
  return Array.from({ length: tasks }, (_, task) => ({
    stage: stage.id,
    task,
    work: {
      job: {
        job: "decide",
        folder: stageFolder(layout.build, stage.id),
        stem: `marks-${five(task)}`,
        task,
        decider: stage.decider,
        keys,
        partition: task,
        partitions,
        task_rows,
        memory_bytes: layout.memoryBytes,
        parts: parts.map(({ ref }) => ref),
      },
    },
    reads: [hashes, task_rows, keys.map((key) => key.task), parts.map(({ sha256 }) => sha256)],
  }));
}

function finishTask(layout: Layout, stage: Extract<Stage, { kind: "finish" }>): Task {
  const { folder, done } = stageOf(layout, stage.states);
  const files = done.flatMap((record) => record.files.filter((file) => isStateOf(file, stage.fold.name)));
  return {
    stage: stage.id,
    task: 0,
    work: {
      job: {
        job: "finish",
        folder: stageFolder(layout.build, stage.id),
        stem: "fold-00000",
        task: 0,
        fold: plainFold(stage.fold),
        states: files.map((file) => join(folder, file.name)),
      },
    },
    reads: files.map((file) => file.sha256),
  };
}

function isStateOf(file: FileRef, fold: string): boolean {
  return file.role === "state" && file.label === fold;
}

function plainFold({ name, kind, options }: FoldSpec): FoldSpec {
  return { name, kind, options };
}

/** How many files an output has, and where they go. */
export function outputFiles(
  plan: Plan,
  output: number,
): NonNullable<ReturnType<NonNullable<ReturnType<typeof findOutput>>["rows"]>> {
  const planned = plan.outputs[output];
  const rows = planned === undefined ? null : (findOutput(planned.kind)?.rows(planned.options) ?? null);
  if (rows === null) throw broken(`output ${output} writes no rows`);
  return rows;
}

function outputTasks(layout: Layout, stage: Extract<Stage, { kind: "output" }>): Task[] {
  if (stage.chain !== undefined) return [passingTask(layout, stage, stage.chain)];
  if (stage.input.from !== "parts") throw broken(`output stage ${stage.id} does not read parts`);
  const { format, columns } = outputFiles(layout.plan, stage.output);
  return shardsOf(layout, stage).map(({ parts, from, to }, task) => {
    const cut = slice(parts, from, to);
    return {
      stage: stage.id,
      task,
      work: {
        reader: { kind: "parts", parts: cut.parts.map((part) => part.ref), marks: [], columns: null, rows: cut.rows },
        chain: [],
        sink: {
          kind: "output",
          folder: stageFolder(layout.build, stage.id),
          stem: `out-${five(task)}`,
          task,
          format,
          columns,
        },
      },
      reads: [cut.parts.map((part) => part.sha256), cut.rows],
    };
  });
}

/** A file of an output: rows `from..to` of the parts of its split, the `shard`th of `shards`. */
export interface Shard {
  split: string | null;
  shard: number;
  shards: number;
  parts: Part[];
  from: number;
  to: number;
}

/** The files of an output in the order of its tasks. */
export function shardsOf(
  layout: Pick<Layout, "plan" | "finished">,
  stage: Extract<Stage, { kind: "output" }>,
): Shard[] {
  if (stage.chain !== undefined || stage.input.from !== "parts") {
    return [{ split: null, shard: 0, shards: 1, parts: [], from: 0, to: 0 }];
  }
  const { layout: place } = outputFiles(layout.plan, stage.output);
  const parts = partsOf(layout, stage.input.stage);
  const by = place.kind === "shards" ? place.by : null;
  // Without any row there is no split either.
  const splits = by === null ? [] : splitsInOrder(parts.flatMap(({ split }) => split ?? []));
  return (splits.length === 0 ? [null] : splits).flatMap((split) => {
    const own = split === null ? parts : parts.filter((part) => part.split === split);
    const rows = own.reduce((sum, part) => sum + part.ref.rows, 0);
    const bytes = own.reduce((sum, part) => sum + part.bytes, 0);
    const cuts = cutsOf(place, rows, bytes);
    return cuts.slice(1).map((to, shard) => {
      return { split, shard, shards: cuts.length - 1, parts: own, from: cuts[shard] ?? 0, to };
    });
  });
}

/** The task that writes the one file of an output as its rows are made. */
function passingTask(layout: Layout, stage: Extract<Stage, { kind: "output" }>, chain: PlannedMap[]): Task {
  const { format, columns } = outputFiles(layout.plan, stage.output);
  const [first, ...others] = readers(layout, stage.input);
  if (first === undefined || (others.length > 0 && first.reader.kind !== "parts")) {
    throw broken(`output stage ${stage.id} is not one task's`);
  }
  const every = [first, ...others].map(({ reader }) => reader);
  const parts = every.flatMap((reader) => (reader.kind === "parts" ? reader.parts : []));
  const { inputs } = first;
  return {
    stage: stage.id,
    task: 0,
    work: {
      reader: first.reader.kind === "parts" ? { ...first.reader, parts } : first.reader,
      chain: chain.map((map) => link(layout, map)),
      sink: {
        kind: "output",
        folder: stageFolder(layout.build, stage.id),
        stem: `out-${five(0)}`,
        task: 0,
        format,
        columns,
      },
    },
    reads: [[first, ...others].map(({ reads }) => reads), chain.flatMap((map) => sideHashes(layout, map.side))],
    ...(inputs === undefined ? {} : { inputs }),
  };
}

/** Row numbers between which the files of an output lie: the first row of each, and the number of all rows. */
function cutsOf(place: ReturnType<typeof outputFiles>["layout"], rows: number, bytes: number): number[] {
  if (place.kind === "split") {
    const each = Math.ceil(rows / place.paths.length);
    return Array.from({ length: place.paths.length + 1 }, (_, file) => Math.min(rows, file * each));
  }
  const wanted = place.kind === "file" ? 1 : Math.ceil(bytes / place.shardBytes);
  const shards = Math.max(1, Math.min(wanted, rows));
  // Through BigInt, since rows x shards may pass 2^53.
  return Array.from({ length: shards + 1 }, (_, shard) => share(shard, rows, shards));
}

function share(shard: number, rows: number, shards: number): number {
  return Number((BigInt(shard) * BigInt(rows)) / BigInt(shards));
}

/** The parts that hold rows `from..to`, and how many rows of them are passed over and given. */
function slice(parts: readonly Part[], from: number, to: number): { parts: Part[]; rows: [number, number] } {
  const held: Part[] = [];
  let at = 0;
  let first = 0;
  for (const part of parts) {
    const end = at + part.ref.rows;
    if (end > from && at < to) {
      if (held.length === 0) first = at;
      held.push(part);
    }
    at = end;
  }
  // No row at all: any part knows the columns.
  if (held.length === 0) return { parts: parts.slice(0, 1), rows: [0, 0] };
  return { parts: held, rows: [from - first, to - from] };
}

interface Part {
  ref: PartRef;
  bytes: number;
  sha256: string;
  /** Name in files of the split that all its rows belong to; `null` where parts are not written in splits. */
  split: string | null;
}

/** Parts of a finished stage, in order. */
export function partsOf(layout: Pick<Layout, "finished">, stage: number): Part[] {
  const { folder, done } = stageOf(layout, stage);
  return done.flatMap((record) =>
    record.files
      .filter((file) => file.role === "part")
      .sort((a, b) => (a.first_row ?? 0) - (b.first_row ?? 0))
      .map((file) => ({
        ref: { path: join(folder, file.name), task: record.task, first_row: file.first_row ?? 0, rows: file.rows },
        bytes: file.bytes,
        sha256: file.sha256,
        split: file.label ?? null,
      })),
  );
}

function stageOf(layout: Pick<Layout, "finished">, stage: number): DoneStage {
  const found = layout.finished.get(stage);
  if (found === undefined) throw broken(`stage ${stage} is read before it is done`);
  return found;
}

function filesOf(layout: Layout, stage: number, role: FileRef["role"]): FileRef[] {
  return stageOf(layout, stage).done.flatMap((done) => done.files.filter((file) => file.role === role));
}

function pathsOf(layout: Layout, stage: number, role: FileRef["role"]): string[] {
  return filesOf(layout, stage, role).map((file) => join(stageOf(layout, stage).folder, file.name));
}

function hashesOf(layout: Layout, stage: number, role: FileRef["role"]): string[] {
  return filesOf(layout, stage, role).map((file) => file.sha256);
}

/** Path of a fold's finished result. */
export function resultPath(layout: Pick<Layout, "finished">, result: FoldResult): string {
  const { folder, done } = stageOf(layout, result.stage);
  const file = done.flatMap((record) => record.files).find((candidate) => candidate.role === "result");
  if (file === undefined) throw broken(`stage ${result.stage} has no result`);
  return join(folder, file.name);
}

function sidePaths(layout: Layout, side: Record<string, FoldResult>): Record<string, string> {
  return Object.fromEntries(Object.entries(side).map(([name, result]) => [name, resultPath(layout, result)]));
}

function sideHashes(layout: Layout, side: Record<string, FoldResult>): unknown[] {
  return Object.entries(side).map(([name, result]) => [name, hashesOf(layout, result.stage, "result")]);
}

function link(layout: Layout, map: PlannedMap): ChainLink {
  if (map.user !== undefined) return { user: map.user, step: map.step };
  return { native: { step: map.step, kind: map.kind, options: map.options, side: sidePaths(layout, map.side) } };
}

function nativeRoute(layout: Layout, route: PlannedRoute): RouteSpec {
  if (route.by.kind !== "range") return { by: route.by, order: route.order };
  const cuts = route.by.cuts === null ? null : resultPath(layout, route.by.cuts);
  return { by: { ...route.by, cuts }, order: route.order };
}

function routeHashes(layout: Layout, route: PlannedRoute): string[] {
  return route.by.kind === "range" && route.by.cuts !== null ? hashesOf(layout, route.by.cuts.stage, "result") : [];
}

/** The native chain of a task without steps of the user. */
export function nativeChain(links: readonly ChainLink[]): ChainSpec {
  return { steps: links.flatMap((one) => ("native" in one ? [one.native] : [])) };
}

function broken(message: string): GristmillError {
  return new GristmillError("GM_RUN_BAD_PLAN", "failed", message, "make the plan again with this version of gristmill");
}
