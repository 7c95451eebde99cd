import { createHash } from "node:crypto";
import { type ColumnSpec, type DeciderSpec, GristmillError, type KeysSpec } from "../native/index.ts";
import type { Recipe } from "../recipe/index.ts";
import type { NativeKind, StepDefinition, StepPart } from "../steps/index.ts";
import { columnsBefore } from "./columns.ts";
import type { FoldResult, PlannedMap, PlannedMarks, PlannedOutput, PlannedRoute, Stage, StageInput } from "./plan.ts";

export interface Compiled {
  stages: Stage[];
  outputs: PlannedOutput[];
}

type Emitter = Extract<Stage, { kind: "map" | "scan" }>;
// `Omit` alone would merge the members of the union.
type WithoutId<T> = T extends Stage ? Omit<T, "id"> : never;

/** Cuts a recipe's steps into stages. A map waits in the chain; everything else decides what becomes of the chain. */
export function compile(
  recipe: Recipe,
  start: readonly ColumnSpec[],
  partitions: number,
  sample: number | null,
  passing: boolean,
): Compiled {
  const columns = columnsBefore(recipe, start);
  const compiler = new Compiler(partitions);
  if (sample !== null) {
    compiler.map({ step: "sample_input", kind: "sample", options: { fraction: sample, seed: recipe.seed }, side: {} });
  }
  const parts = recipe.steps.map(({ definition, options }, i) =>
    definition?.parts(options, { seed: recipe.seed, partitions, columns: columns[i] ?? null }),
  );
  // From here on steps only sum rows up, and no output writes any.
  const rowless = recipe.outputs.every(({ definition, options }) => definition.rows(options) === null)
    ? 1 + parts.findLastIndex((some) => some?.every(({ shape }) => shape === "fold") !== true)
    : null;
  let users = 0;
  for (const [i, { name, definition, options, user }] of recipe.steps.entries()) {
    if (i === rowless) compiler.needNoRows();
    compiler.begin(definition === null ? null : read(definition, options, columns[i] ?? null));
    if (definition === null) {
      // The plan cannot hold a function; its text stands for it, so that an edit meets no stale parts.
      const text = createHash("sha256").update(String(user)).digest("hex");
      compiler.map({ step: name, kind: "user", options: { function: text }, side: {}, user: users });
      users += 1;
      continue;
    }
    for (const part of parts[i] ?? []) compiler.part(name, part);
  }
  if (rowless === recipe.steps.length) compiler.needNoRows();
  if (passing && compiler.passOn(recipe.outputs)) {
    const [only] = recipe.outputs;
    return {
      stages: compiler.stages,
      outputs: only === undefined ? [] : [{ kind: only.definition.name, options: only.options, results: {} }],
    };
  }
  // Where all outputs want the same of the rows, the last parts are written so at once.
  const splits = [...new Set(recipe.outputs.flatMap((output) => splitsOf(output) ?? []))];
  const [by = null] = splits.length === 1 ? splits : [];
  compiler.commit(by);
  const outputs = recipe.outputs.map(({ definition, options }): PlannedOutput => {
    compiler.begin(definition.needs(options));
    for (const { name, native } of definition.folds(options)) compiler.fold(definition.name, name, native);
    return { kind: definition.name, options, results: compiler.results() };
  });
  for (const [i, { definition, options }] of recipe.outputs.entries()) {
    const files = definition.rows(options);
    if (files !== null)
      compiler.output(definition.name, i, files.columns, splitsOf({ definition, options })?.[0] ?? null);
  }
  return { stages: compiler.stages, outputs };
}

/** The column whose values are splits of an output, `[null]` where there is none; `null` for outputs without rows. */
function splitsOf({
  definition,
  options,
}: Pick<Recipe["outputs"][number], "definition" | "options">): [string | null] | null {
  const layout = definition.rows(options)?.layout;
  if (layout === undefined) return null;
  return [layout.kind === "shards" ? layout.by : null];
}

/** Columns that a step reads; `null`: all, where nobody knows which of those it uses are there. */
function read(
  definition: StepDefinition,
  options: Record<string, unknown>,
  columns: readonly string[] | null,
): string[] | null {
  const uses = definition.uses?.(options) ?? [];
  if (uses.length > 0 && columns === null) return null;
  return [...new Set([...definition.needs(options), ...uses.filter((name) => columns?.includes(name) === true)])];
}

class Compiler {
  readonly stages: Stage[] = [];
  readonly #partitions: number;
  #input: StageInput = { from: "source" };
  #chain: PlannedMap[] = [];
  /** The stage whose rows, under the same marks, are those at this point: more keys and folds may ride along. */
  #open: Emitter | null = null;
  /** Results of the folds of the step at hand. */
  #results: Record<string, FoldResult> = {};
  /** Results of the folds of all steps so far, by `step.fold`. */
  readonly #earlier: Record<string, FoldResult> = {};
  #needs: string[] | null = null;
  #rowless = false;

  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  /** A new step: results of folds are its own. */
  begin(needs: string[] | null): void {
    this.#results = {};
    this.#needs = needs;
  }

  /** From here on there are only folds, and no output of rows. */
  needNoRows(): void {
    this.#rowless = true;
  }

  results(): Record<string, FoldResult> {
    return { ...this.#results };
  }

  part(step: string, part: StepPart): void {
    if (part.shape === "map") {
      if ("user" in part) throw new Error("a declared step has no user function");
      const side = Object.fromEntries((part.side ?? []).map((name) => this.#side(step, name)));
      this.map({ step, kind: part.native.kind, options: part.native.options, side });
    } else if (part.shape === "fold") this.fold(step, part.name, part.native, part);
    else if (part.shape === "select") this.#select(step, part);
    else this.#group(step, part);
  }

  map(map: PlannedMap): void {
    this.#chain.push(map);
    this.#open = null;
  }

  fold(
    step: string,
    name: string,
    native: NativeKind,
    { files, finding }: { files?: string; finding?: true } = {},
  ): void {
    const emitter = this.#emitter();
    const fold = { name, kind: native.kind, options: native.options };
    emitter.folds.push({ ...fold, step });
    const result = {
      stage: this.#add({
        kind: "finish",
        name: `${step}: ${name}`,
        step,
        states: emitter.id,
        fold,
        ...(files === undefined ? {} : { files }),
        ...(finding === undefined ? {} : { finding }),
      }).id,
    };
    this.#results[name] = result;
    this.#earlier[`${step}.${name}`] = result;
  }

  output(name: string, output: number, columns: string[] | null, by: string | null): void {
    if (this.#input.from !== "parts") throw new Error("outputs are written from committed parts");
    const input = by === null ? this.#input : this.#inSplits(by, this.#input);
    this.#add({ kind: "output", name, input: { ...input, columns }, output });
  }

  /**
   * Writes the one file of the one output as its rows are made, if one task sees them all in order; else does nothing.
   * Rows are then read and written once less.
   */
  passOn(outputs: Recipe["outputs"]): boolean {
    const [only] = outputs;
    if (only === undefined || outputs.length > 1) return false;
    const { definition, options } = only;
    if (definition.rows(options)?.layout.kind !== "file" || definition.folds(options).length > 0) return false;
    const { from } = this.#input;
    if (from !== "parts" && this.#partitions > 1) return false;
    // Parts that lie there already are written from as they are.
    if (from === "parts" && this.#chain.length === 0 && this.#input.marks.length === 0) return false;
    const chain = this.#chain;
    this.#add({ kind: "output", name: definition.name, input: counted(this.#input), output: 0, chain });
    return true;
  }

  /** The rows in parts of one split each: those that lie there, or others made from them. */
  #inSplits(by: string, input: Extract<StageInput, { from: "parts" }>): Extract<StageInput, { from: "parts" }> {
    const source = this.stages[input.stage];
    if (source?.kind === "map" && source.by === by) return input;
    const found = this.stages.find((stage) => stage.kind === "map" && stage.by === by);
    const stage = found ?? this.#add({ kind: "map", name: "splits", input, chain: [], keys: null, folds: [], by });
    return { from: "parts", stage: stage.id, marks: [], columns: null };
  }

  /** Everything so far becomes committed parts, each of one value of `by`, where that is given. */
  commit(by: string | null = null): void {
    const { from } = this.#input;
    if (from === "parts" && this.#chain.length === 0 && this.#input.marks.length === 0) return;
    if (this.#rowless && this.#open?.kind === "map") return;
    const names = [...new Set(this.#chain.map((map) => map.step))];
    const input = counted(this.#input);
    const stage = this.#add({
      kind: "map",
      name: nameOf(input, names),
      input,
      chain: this.#chain,
      keys: null,
      folds: [],
      ...(this.#rowless ? { rowless: true as const } : {}),
      ...(by === null ? {} : { by }),
    });
    if (this.#rowless) {
      this.#open = stage.kind === "map" ? stage : null;
      return;
    }
    this.#chain = [];
    this.#input = { from: "parts", stage: stage.id, marks: [], columns: null };
    this.#open = stage.kind === "map" ? stage : null;
  }

  #select(step: string, part: Extract<StepPart, { shape: "select" }>): void {
    const emitter = this.#emitter(part.apart);
    const { decide } = part;
    const inOrder = ["in_order", "portions", "pack"].includes(decide.kind);
    const sort = inOrder ? "rank" : decide.kind === "alike" ? "alike" : "key";
    const partitions = sort === "key" && !["mix", "repeats"].includes(decide.kind) ? this.#partitions : 1;
    const keys: KeysSpec = {
      kind: part.keys.kind,
      options: part.keys.options,
      partitions,
      sort,
    };
    emitter.keys = { ...keys, step };
    const stage = this.#add({ kind: "decide", name: step, step, keys: emitter.id, decider: decide }).id;
    const mark: PlannedMarks = {
      step,
      stage,
      reasons: part.reasons,
      count: false,
      label: labels(decide),
      ...(decide.kind === "repeats" ? { many: true } : {}),
    };
    if (this.#input.from !== "parts") throw new Error("keys come from committed parts");
    this.#input = { ...this.#input, marks: [...this.#input.marks, mark] };
    // The rows are others now.
    this.#open = null;
  }

  #group(step: string, part: Extract<StepPart, { shape: "group" }>): void {
    const input = counted(this.#input);
    const stage = this.#add({
      kind: "exchange",
      name: step,
      input,
      chain: this.#chain,
      step,
      route: this.#route(part.route),
    });
    this.#chain = [];
    this.#open = null;
    const group = part.native === null ? null : { ...part.native, side: this.results() };
    this.#input = { from: "exchange", stage: stage.id, step, group };
  }

  #route(route: Extract<StepPart, { shape: "group" }>["route"]): PlannedRoute {
    const { by, order } = route;
    if (by.kind !== "range") return { by, order };
    return { by: { ...by, cuts: by.cuts === null ? null : this.#result(by.cuts) }, order };
  }

  /** The stage that emits keys or folds of the rows at this point: the one that writes them, else a scan. */
  #emitter(apart = false): Emitter {
    const written = this.#input.from === "parts" && this.#chain.length === 0;
    if (!written) this.commit();
    if (this.#open !== null && this.#open.keys === null && !(apart && this.#open.kind === "map")) {
      this.#widen(this.#open);
      return this.#open;
    }
    if (this.#input.from !== "parts") throw new Error("rows are committed before they are scanned");
    const input = { ...this.#input, columns: this.#needs };
    const stage = this.#add({ kind: "scan", name: "scan", input, keys: null, folds: [] });
    if (stage.kind !== "scan") throw new Error("a scan was added");
    this.#open = stage;
    return stage;
  }

  /** A scan that serves one more step reads its columns too. */
  #widen(stage: Emitter): void {
    if (stage.kind !== "scan" || stage.input.from !== "parts" || stage.input.columns === null) return;
    stage.input.columns = this.#needs === null ? null : [...new Set([...stage.input.columns, ...this.#needs])];
  }

  #side(step: string, name: string): [string, FoldResult] {
    const [from, fold] = name.split(".");
    if (fold === undefined) return [name, this.#result(name)];
    const result = this.#earlier[name];
    if (result === undefined) {
      throw new GristmillError(
        "GM_RECIPE_NO_FOLD",
        "usage",
        `${step} works with the result of ${from}, and no such step stands before it`,
        `put ${from} in front of it, or name a file`,
      );
    }
    return [fold, result];
  }

  #result(name: string): FoldResult {
    const result = this.#results[name];
    if (result === undefined) throw new Error(`the step has no fold ${name} before this part`);
    return result;
  }

  #add(stage: WithoutId<Stage>): Stage {
    const added: Stage = { ...stage, id: this.stages.length };
    this.stages.push(added);
    return added;
  }
}

/** Marks are counted and traced once, by the stage that leaves the dropped rows behind. */
function counted(input: StageInput): StageInput {
  if (input.from !== "parts") return input;
  return { ...input, marks: input.marks.map((mark) => ({ ...mark, count: true })) };
}

/** Whether a decider labels rows instead of dropping them. */
function labels(decide: DeciderSpec): boolean {
  if (decide.kind === "mix" || decide.kind === "portions") return true;
  return decide.kind === "linked" || decide.kind === "pack" || (decide.kind === "alike" && decide.keep === "all");
}

function nameOf(input: StageInput, names: readonly string[]): string {
  const first = input.from === "source" ? ["read"] : input.from === "exchange" ? [input.step] : [];
  return [...new Set([...first, ...names])].join(", ") || "commit";
}
