import { join, resolve } from "node:path";
import { GristmillError, type PartRef } from "../native/index.ts";
import { fingerprints, type Plan } from "../plan/index.ts";
import { buildFolder, guarded, loadFinished, type Manifest, readManifest, realDisk } from "../run/index.ts";
import { readPlan } from "./build.ts";
import { batchesOf, openFiles } from "./read-batches.ts";
import type { Story, StoryLine } from "./types.ts";

/** A line of the trace. */
interface Entry {
  /** Stage whose trace it stands in. */
  stage: number;
  id: string;
  step: string;
  kind: "dropped" | "merged" | "quarantined" | "changed";
  reason: string;
  rule: string;
  twin: string;
  span: [number, number] | null;
  excerpt: string;
  /** Of a change: what stands in the place of the excerpt now. */
  after: string;
}

/** Where a row went into the outputs. */
interface Written {
  id: string;
  path: string;
  row: number;
}

/**
 * What became of a row: the steps it passed, why it was dropped or set aside, the row it was merged into and that
 * one's story, the file and row it was written to. Reads the trace and the ids of the last parts.
 */
export async function explain(out: string, id: string): Promise<Story> {
  const folder = resolve(out);
  const manifest = await guarded(`read the manifest in ${out}`, () => readManifest(realDisk, folder));
  if (manifest === null) {
    throw new GristmillError(
      "GM_RUN_NO_MANIFEST",
      "input",
      `${out} holds no finished build`,
      "give the folder that `gristmill build` wrote to",
    );
  }
  const { ids, entries } = await follow(folder, manifest, id);
  await nameTwins(folder, manifest, entries);
  const written = await findWritten(folder, manifest, ids);
  return tell(manifest, id, entries, written);
}

/** The entries of a row and of all it was merged into or cut into. */
async function follow(out: string, manifest: Manifest, id: string): Promise<{ ids: Set<string>; entries: Entry[] }> {
  const ids = new Set([id]);
  for (;;) {
    const known = ids.size;
    const entries: Entry[] = [];
    for (const file of manifest.trace) {
      const stage = Number(/(\d{3})-[^/]*$/.exec(file.path)?.[1] ?? -1);
      for await (const entry of scanTrace(join(out, file.path), stage, ids)) {
        entries.push(entry);
        if (entry.kind === "merged" && entry.twin !== "") ids.add(entry.twin);
      }
    }
    // A row that is met later may have lines in an earlier file: look again until nothing is new.
    if (ids.size === known) return { ids, entries };
  }
}

async function* scanTrace(path: string, stage: number, ids: ReadonlySet<string>): AsyncGenerator<Entry> {
  const reader = await openFiles([path], { format: "parquet" });
  for await (const batch of batchesOf(reader, null)) {
    const column = batch.column("id") as string[];
    const hits = column.flatMap((id, row) => (isWanted(id, ids) ? [row] : []));
    if (hits.length === 0) continue;
    const rows = batch.rows();
    for (const row of hits) {
      const { span_start, span_end, ...rest } = rows[row] as unknown as Omit<Entry, "span" | "stage"> & {
        span_start: number | null;
        span_end: number | null;
      };
      yield { ...rest, stage, span: span_start === null || span_end === null ? null : [span_start, span_end] };
    }
  }
}

/** The row itself, or one that a step made from it: its id, a hyphen and a number. */
function isWanted(id: string, ids: ReadonlySet<string>): boolean {
  let name = id;
  for (;;) {
    if (ids.has(name)) return true;
    const parent = CHILD.exec(name)?.groups?.parent;
    if (parent === undefined) return false;
    name = parent;
  }
}

const CHILD = /^(?<parent>.+)-\d+$/;

/** A row that a decider kept instead is known by its place, `@task:row`, in the parts it was chosen from. */
const PLACE = /^@(?<task>\d+):(?<row>\d+)$/;

/** Puts ids in the place of places; an unknown one when the parts are gone. */
async function nameTwins(out: string, manifest: Manifest, entries: readonly Entry[]): Promise<void> {
  const placed = entries.filter((entry) => PLACE.test(entry.twin));
  if (placed.length === 0) return;
  const build = await openBuild(out, manifest);
  for (const entry of placed) {
    const { task, row } = PLACE.exec(entry.twin)?.groups ?? {};
    entry.twin = build === null ? "" : await idAt(build, entry.stage, Number(task), Number(row));
  }
}

interface OpenBuild {
  plan: Plan;
  finished: Awaited<ReturnType<typeof loadFinished>>["finished"];
}

/** The plan and records of a build whose parts were kept. */
async function openBuild(out: string, manifest: Manifest): Promise<OpenBuild | null> {
  const folder = buildFolder(out, manifest.build_id);
  const path = join(folder.build, "plan.json");
  if ((await realDisk.size(path)) === null) return null;
  const plan = await readPlan(path);
  const { finished } = await loadFinished(plan, fingerprints(plan), folder);
  return { plan, finished };
}

async function idAt({ plan, finished }: OpenBuild, stage: number, task: number, row: number): Promise<string> {
  const reading = plan.stages[stage];
  if (reading === undefined || !("input" in reading) || reading.input.from !== "parts") return "";
  const parts = partRefs(finished, reading.input.stage).filter((part) => part.task === task);
  const part = parts.find((one) => row >= one.first_row && row < one.first_row + one.rows);
  if (part === undefined) return "";
  const at = row - part.first_row;
  const reader = {
    kind: "parts" as const,
    parts: [part],
    marks: [],
    columns: [],
    rows: [at, 1] as [number, number],
  };
  for await (const batch of batchesOf(reader, null)) return batch.ids[0] ?? "";
  return "";
}

/** Parts of a finished stage, in row order. */
function partRefs(finished: OpenBuild["finished"], stage: number): PartRef[] {
  const record = finished.get(stage);
  if (record === undefined) return [];
  return record.done.flatMap((done) =>
    done.files
      .filter((file) => file.role === "part")
      .sort((a, b) => (a.first_row ?? 0) - (b.first_row ?? 0))
      .map((file) => ({
        path: join(record.folder, file.name),
        task: done.task,
        first_row: file.first_row ?? 0,
        rows: file.rows,
      })),
  );
}

/** Looks the ids up in the parts that the outputs were written from; nothing when the parts are gone. */
async function findWritten(
  out: string,
  manifest: Manifest,
  ids: ReadonlySet<string>,
): Promise<{ rows: Written[]; known: boolean }> {
  const build = await openBuild(out, manifest);
  const stage = build === null ? null : lastParts(build.plan);
  if (build === null || stage === null || !build.finished.has(stage)) return { rows: [], known: false };
  const parts = partRefs(build.finished, stage);
  const rows: Written[] = [];
  let at = 0;
  if (parts.length === 0) return { rows, known: true };
  for await (const batch of batchesOf({ kind: "parts", parts, marks: [], columns: [], rows: null }, null)) {
    const column = batch.ids;
    for (const [row, id] of column.entries()) {
      if (isWanted(id, ids)) rows.push(...places(manifest, id, at + row));
    }
    at += column.length;
  }
  return { rows, known: true };
}

function lastParts(plan: Plan): number | null {
  const output = plan.stages.find((stage) => stage.kind === "output");
  return output?.kind === "output" && output.input.from === "parts" ? output.input.stage : null;
}

/** File and row of a row ordinal, in each output: shards follow one another. */
function places(manifest: Manifest, id: string, ordinal: number): Written[] {
  const starts = new Map<string, number>();
  const found: Written[] = [];
  for (const file of manifest.outputs) {
    const output = file.path.replace(/-\d{5}-of-\d{5}/, "");
    const start = starts.get(output) ?? 0;
    starts.set(output, start + file.rows);
    if (ordinal >= start && ordinal < start + file.rows) found.push({ id, path: file.path, row: ordinal - start });
  }
  return found;
}

function tell(
  manifest: Manifest,
  id: string,
  entries: readonly Entry[],
  written: { rows: Written[]; known: boolean },
): Story {
  const lines: StoryLine[] = [];
  if (entries.length === 0 && written.rows.length === 0) return { id, fate: "unknown", lines };
  const steps = manifest.steps.filter((step) => step.shape !== "output");
  // Who goes through the steps: the row, then what it was merged into, then that row's own fate.
  let current = id;
  let end: Story["fate"] | null = null;
  for (const step of steps) {
    const here = entries.filter((entry) => entry.step === step.name && related(entry.id, current));
    for (const entry of here) {
      lines.push(line(entry));
      if (entry.id !== current || entry.kind === "changed") continue;
      if (entry.kind === "merged" && entry.twin !== "") current = entry.twin;
      else end = entry.kind;
    }
    if (end !== null) break;
    if (here.length === 0) lines.push({ step: step.name, what: "kept", id: current });
  }
  const own = written.rows.filter((row) => related(row.id, current));
  for (const { id: row, path, row: number } of own)
    lines.push({ step: "output", what: "written", id: row, path, row: number });
  if (own.length > 0) return { id, fate: "written", lines };
  if (end !== null) return { id, fate: end, lines };
  // All that was made of it was turned away, or nobody can tell since the parts are gone.
  const last = entries.findLast((entry) => entry.kind !== "changed");
  const fate = last === undefined || last.kind === "changed" ? "unknown" : last.kind;
  return { id, fate, lines };
}

function related(id: string, current: string): boolean {
  return isWanted(id, new Set([current]));
}

function line(entry: Entry): StoryLine {
  return {
    step: entry.step,
    what: entry.kind,
    id: entry.id,
    reason: entry.reason,
    rule: entry.rule === "" ? null : entry.rule,
    twin: entry.twin === "" ? null : entry.twin,
    span: entry.span,
    excerpt: entry.excerpt === "" && entry.kind !== "changed" ? null : entry.excerpt,
    after: entry.kind === "changed" ? entry.after : null,
  };
}
