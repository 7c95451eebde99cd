import type { Plan, Stage } from "./plan.ts";

/** What a plan says about itself, for `plan` and `--dry-run`. Estimates are rough and say so by their name. */
export interface PlanDescription {
  name: string;
  build_id: string;
  seed: number;
  inputs: {
    source: string;
    label: string | null;
    files: number;
    bytes: number;
    estimated_text_bytes: number;
    rows: number | null;
  }[];
  columns: string[];
  steps: string[];
  partitions: number;
  parts: "arrow" | "parquet";
  stages: { id: number; kind: Stage["kind"]; does: string }[];
  outputs: string[];
  /** Known only when every input says how many rows it has. */
  estimated_rows: number | null;
  estimated_text_bytes: number;
  /** Room for intermediate parts and outputs, if no row is dropped. */
  estimated_disk_bytes: number;
  estimated_seconds: number;
  /** Resident memory of the process at its peak. */
  estimated_memory_bytes: number;
}

/** What the estimates of time and memory depend on. */
export interface Machine {
  threads: number;
  /** Limit of the build's memory. */
  memory: number;
}

/** Size of a part against its text, by format (design: measured before building). */
const PART_SIZE = { arrow: 1, parquet: 0.44 } as const;
const OUTPUT_SIZE = 0.44;
/** Text one thread takes through one stage that writes rows, in bytes a second: the order of magnitude of chat recipes. */
const STAGE_SPEED = 60e6;
/** The process itself, and for each thread its batches and buffers. */
const BASE_MEMORY = 150e6;
const THREAD_MEMORY = 30e6;

/** A plan in words and estimates. */
export function describePlan(plan: Plan, machine: Machine): PlanDescription {
  const inputs = plan.sources.map(({ kind, label, files }) => ({
    source: kind,
    label,
    files: files.length,
    bytes: sum(files.map((file) => file.bytes)),
    estimated_text_bytes: sum(files.map((file) => file.text_bytes)),
    rows: files.every((file) => file.rows !== null) ? sum(files.map((file) => file.rows ?? 0)) : null,
  }));
  const text = sum(inputs.map((input) => input.estimated_text_bytes));
  const written = plan.stages.filter(
    (stage) => (stage.kind === "map" && stage.rowless !== true) || stage.kind === "exchange",
  ).length;
  const outputs = plan.stages.filter(({ kind }) => kind === "output").length;
  return {
    name: plan.name,
    build_id: plan.build_id,
    seed: plan.seed,
    inputs,
    columns: (plan.sources[0]?.columns ?? []).map(({ name }) => name),
    steps: plan.steps.map(({ name }) => name),
    partitions: plan.partitions,
    parts: plan.parts,
    stages: plan.stages.map((stage) => ({ id: stage.id, kind: stage.kind, does: inWords(stage) })),
    outputs: plan.outputs.map(({ kind }) => kind),
    estimated_rows: inputs.every(({ rows }) => rows !== null) ? sum(inputs.map(({ rows }) => rows ?? 0)) : null,
    estimated_text_bytes: text,
    estimated_disk_bytes: Math.ceil(text * (written * PART_SIZE[plan.parts] + outputs * OUTPUT_SIZE)),
    estimated_seconds: Math.ceil(1 + (text * (written + outputs)) / (STAGE_SPEED * machine.threads)),
    estimated_memory_bytes: Math.ceil(
      Math.min(machine.memory, BASE_MEMORY + machine.threads * THREAD_MEMORY + Math.min(text, machine.memory / 4)),
    ),
  };
}

function inWords(stage: Stage): string {
  switch (stage.kind) {
    case "map": {
      const chain = stage.chain.map((map) => map.kind);
      const emits = [
        ...(stage.keys === null ? [] : [`keys for ${stage.keys.step}`]),
        ...stage.folds.map((fold) => fold.kind),
      ];
      return `${source(stage)}${chain.length > 0 ? `, ${chain.join(", ")}` : ""}; ${[...(stage.rowless === true ? [] : ["write parts"]), ...emits].join(" and ")}`;
    }
    case "scan": {
      const emits = [
        ...(stage.keys === null ? [] : [`keys for ${stage.keys.step}`]),
        ...stage.folds.map((fold) => fold.kind),
      ];
      return `${source(stage)}; emit ${emits.join(", ")}`;
    }
    case "exchange": {
      const chain = stage.chain.map((map) => map.kind);
      return `${source(stage)}${chain.length > 0 ? `, ${chain.join(", ")}` : ""}; exchange rows by ${stage.route.by.kind} for ${stage.step}`;
    }
    case "decide":
      return `decide ${stage.decider.kind.replaceAll("_", " ")} for ${stage.step}`;
    case "finish":
      return `finish ${stage.fold.kind} for ${stage.step}`;
    case "output":
      return `${source(stage)}${(stage.chain ?? []).map((map) => `, ${map.kind}`).join("")}; write ${stage.name}`;
  }
}

function source({ input }: Extract<Stage, { input: unknown }>): string {
  if (input.from === "source") return "read the sources";
  if (input.from === "exchange")
    return `read partitions of stage ${input.stage}${input.group === null ? "" : `, ${input.group.kind}`}`;
  const marks =
    input.marks.length === 0 ? "" : ` under the marks of ${input.marks.map((mark) => mark.step).join(", ")}`;
  return `read parts of stage ${input.stage}${marks}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
