import type { PlanDescription } from "../plan/index.ts";
import type { Plan, Stage } from "../plan/plan.ts";
import { bytes, duration, grouped } from "../report/figures.ts";
import { columns } from "./text-table.ts";

/** A plan for people: what is read, what is done to it in which order, what comes out. */
export function planText(plan: Plan, estimates: PlanDescription): string {
  const inputs = plan.sources.flatMap((source) => source.files.map((file) => ({ kind: source.kind, ...file })));
  const total = inputs.reduce((sum, file) => sum + file.bytes, 0);
  const shown = inputs
    .slice(0, 20)
    .map((file) => ["  ", file.kind, file.name, bytes(file.bytes), splits(file.splits.length)]);
  const more = inputs.length - shown.length;
  return [
    `recipe   ${plan.name}`,
    `build    ${plan.build_id}`,
    `seed     ${plan.seed}`,
    `inputs   ${grouped(inputs.length)} ${inputs.length === 1 ? "file" : "files"}, ${bytes(total)}`,
    ...columns(shown, [3]),
    ...(more > 0 ? [`   and ${grouped(more)} more`] : []),
    "steps",
    ...columns(
      plan.steps.map((step, i) => ["  ", String(i + 1), step.name, step.shape]),
      [1],
    ),
    "stages",
    ...columns(
      plan.stages.map((stage) => ["  ", String(stage.id), stage.kind, stage.name, from(stage)]),
      [1],
    ),
    `outputs  ${plan.outputs.map((output) => output.kind).join(", ")}`,
    "roughly",
    ...columns([
      [
        "  ",
        "rows",
        estimates.estimated_rows === null ? "not known before reading" : grouped(estimates.estimated_rows),
      ],
      ["  ", "text", bytes(estimates.estimated_text_bytes)],
      ["  ", "disk", `${bytes(estimates.estimated_disk_bytes)} with intermediate parts, if no row is dropped`],
      ["  ", "time", duration(estimates.estimated_seconds)],
      ["  ", "memory", bytes(estimates.estimated_memory_bytes)],
    ]),
  ].join("\n");
}

function splits(n: number): string {
  return n === 1 ? "1 split" : `${n} splits`;
}

function from(stage: Stage): string {
  if (stage.kind === "decide") return `from stage ${stage.keys}`;
  if (stage.kind === "finish") return `from stage ${stage.states}`;
  return stage.input.from === "source" ? "from the sources" : `from stage ${stage.input.stage}`;
}
