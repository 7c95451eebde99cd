import { GristmillError, type StepCounts } from "../native/index.ts";
import type { Plan, Stage } from "../plan/plan.ts";
import type { ManifestStep } from "./manifest.ts";

/** Counts of one step at one place of a stage's chain. */
export interface Counted {
  step: string;
  counts: StepCounts;
}

/** What a stage counted. A scan reads under marks that a later stage counts, so it has nothing to say. */
export function stageCounts(stage: Stage, tasks: readonly { counts: readonly Counted[] }[]): Counted[] {
  return stage.kind === "scan" ? [] : sumTasks(tasks.map((task) => task.counts));
}

/** Sums the counts of a stage's tasks, place by place: a step with two maps in one chain has two places. */
export function sumTasks(tasks: readonly (readonly Counted[])[]): Counted[] {
  const places = new Map<string, Counted>();
  for (const task of tasks) {
    const seen = new Map<string, number>();
    for (const { step, counts } of task) {
      // A reader of parts without a step of its own counts under no name.
      if (step === "") continue;
      const nth = seen.get(step) ?? 0;
      seen.set(step, nth + 1);
      const key = `${nth} ${step}`;
      const place = places.get(key);
      if (place === undefined) places.set(key, { step, counts: add(empty(), counts) });
      else place.counts = add(place.counts, counts);
    }
  }
  return [...places.values()];
}

/** The rows of the manifest from the counts of all stages, in stage order. */
export function manifestSteps(plan: Plan, stages: readonly (readonly Counted[])[]): ManifestStep[] {
  const places = stages.flat();
  const steps: ManifestStep[] = [];
  let before: number | null = null;
  for (const { name, shape } of plan.steps) {
    const own = places.filter((place) => place.step === name);
    const row: ManifestStep = {
      name,
      shape,
      ...joined(
        own.map((place) => place.counts),
        before,
      ),
    };
    check(row, before);
    steps.push(row);
    before = row.rows_out;
  }
  return steps;
}

/** A step's parts one after the other: rows in of the first, rows out of the last, the others added. */
function joined(parts: readonly StepCounts[], before: number | null): Omit<ManifestStep, "name" | "shape"> {
  const first = parts[0];
  const last = parts.at(-1);
  if (first === undefined || last === undefined) {
    // A step that only reorders or only observes rows counts nothing itself.
    const rows = before ?? 0;
    return { rows_in: rows, made: 0, rows_out: rows, dropped: {}, merged: 0, quarantined: 0 };
  }
  const sum = parts.reduce(add, empty());
  return {
    rows_in: first.rows_in,
    made: sum.made,
    rows_out: last.rows_out,
    dropped: sum.dropped,
    merged: sum.merged,
    quarantined: sum.quarantined,
    ...(sum.changed === undefined ? {} : { changed: sum.changed }),
  };
}

function check(step: ManifestStep, before: number | null): void {
  const dropped = Object.values(step.dropped).reduce((sum, n) => sum + n, 0);
  const left = step.rows_in + step.made;
  const right = step.rows_out + dropped + step.merged + step.quarantined;
  if (left !== right) {
    throw unbalanced(
      `step ${step.name}: ${step.rows_in} rows in + ${step.made} made are not ${step.rows_out} out + ${dropped} dropped + ${step.merged} merged + ${step.quarantined} quarantined`,
    );
  }
  if (before !== null && step.rows_in !== before) {
    throw unbalanced(`step ${step.name} met ${step.rows_in} rows, but ${before} left the step before it`);
  }
}

function unbalanced(message: string): GristmillError {
  return new GristmillError(
    "GM_RUN_COUNTS",
    "failed",
    message,
    "this is a fault in gristmill: please report it with the journal",
  );
}

/** No rows at all. */
export function empty(): StepCounts {
  return { rows_in: 0, made: 0, rows_out: 0, dropped: {}, merged: 0, quarantined: 0 };
}

/** Both counts together; names sorted, so that the sum does not depend on order. */
export function add(a: StepCounts, b: StepCounts): StepCounts {
  const changed = addNames(a.changed ?? {}, b.changed ?? {});
  return {
    rows_in: a.rows_in + b.rows_in,
    made: a.made + b.made,
    rows_out: a.rows_out + b.rows_out,
    dropped: addNames(a.dropped, b.dropped),
    merged: a.merged + b.merged,
    quarantined: a.quarantined + b.quarantined,
    ...(Object.keys(changed).length === 0 ? {} : { changed }),
  };
}

function addNames(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return Object.fromEntries(names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** Rows that could not be read or made a step fail. */
export function badRows(stages: readonly (readonly Counted[])[]): number {
  return stages.flat().reduce((sum, place) => sum + place.counts.quarantined, 0);
}

/** Ends a build with more bad rows than allowed. */
export function checkBadRows(bad: number, allowed: number | null): void {
  if (allowed === null || bad <= allowed) return;
  throw new GristmillError(
    "GM_RUN_TOO_MANY_BAD_ROWS",
    "failed",
    `${bad} rows are in quarantine, ${allowed} are allowed`,
    "look at the quarantined rows in the trace files of the stages, or allow more with --max-bad-rows",
  );
}
