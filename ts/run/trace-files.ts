import { join } from "node:path";
import type { PartRef } from "../native/index.ts";
import type { Plan } from "../plan/index.ts";
import type { Addon } from "./addon.ts";
import { pump } from "./engines/local.ts";
import { five } from "./folder.ts";
import type { ManifestOutput } from "./manifest.ts";
import type { Placed } from "./publish.ts";
import type { DoneStage } from "./tasks.ts";

/** Columns of the trace as people get it. */
const COLUMNS = ["id", "step", "kind", "reason", "rule", "twin", "span_start", "span_end", "excerpt", "after"];

/** The traces of all tasks as one Parquet file a stage that turned rows away, written into `folder`. */
export async function gatherTrace(
  addon: Addon,
  plan: Plan,
  finished: ReadonlyMap<number, DoneStage>,
  folder: string,
  signal: AbortSignal,
): Promise<{ files: ManifestOutput[]; placed: Placed[] }> {
  const files: ManifestOutput[] = [];
  const placed: Placed[] = [];
  for (const stage of plan.stages) {
    const parts = traceParts(finished.get(stage.id));
    if (parts.length === 0) continue;
    const sink = {
      kind: "output" as const,
      folder,
      stem: `trace-${five(stage.id)}`,
      task: 0,
      format: { kind: "parquet", options: {} },
      columns: COLUMNS,
    };
    const run = addon.open({ kind: "parts", parts, marks: [], columns: null, rows: null }, { steps: [] }, sink);
    const result = await pump(run, signal, () => undefined);
    for (const file of result.files.filter((one) => one.role === "output")) {
      const path = `trace/${String(stage.id).padStart(3, "0")}-${slug(stage.name)}.parquet`;
      files.push({ path, rows: file.rows, bytes: file.bytes, sha256: file.sha256 });
      placed.push({ from: join(folder, file.name), path });
    }
  }
  return { files, placed };
}

function traceParts(stage: DoneStage | undefined): PartRef[] {
  if (stage === undefined) return [];
  return stage.done.flatMap((done) => {
    let first = 0;
    return done.files
      .filter((file) => file.role === "trace" && file.rows > 0)
      .map((file) => {
        const ref = { path: join(stage.folder, file.name), task: done.task, first_row: first, rows: file.rows };
        first += file.rows;
        return ref;
      });
  });
}

function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 60) || "stage"
  );
}
