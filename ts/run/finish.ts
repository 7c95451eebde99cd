import { isAbsolute, join, normalize, sep } from "node:path";
import { type CrossedFiles, GristmillError, uncrossed } from "../native/index.ts";
import type { Plan } from "../plan/index.ts";
import { type Disk, replaceText } from "./disk.ts";
import { five } from "./folder.ts";
import type { FinishedBuild, ManifestOutput } from "./manifest.ts";
import type { Placed } from "./publish.ts";
import { type DoneStage, outputFiles, resultPath } from "./tasks.ts";

/** The files of all outputs under their final names. */
export function placeOutputs(
  plan: Plan,
  finished: ReadonlyMap<number, DoneStage>,
): { outputs: ManifestOutput[]; placed: Placed[] } {
  const outputs: ManifestOutput[] = [];
  const placed: Placed[] = [];
  for (const stage of plan.stages) {
    if (stage.kind !== "output") continue;
    const done = finished.get(stage.id);
    if (done === undefined) continue;
    const { layout } = outputFiles(plan, stage.output);
    const files = done.done.flatMap((record) => record.files.filter((file) => file.role === "output"));
    for (const [shard, file] of files.entries()) {
      const extension = file.name.slice(file.name.indexOf("."));
      const path =
        layout.kind === "dataset"
          ? `data/${layout.split}-${five(shard)}-of-${five(files.length)}${extension}`
          : below(layout.kind === "file" ? layout.path : (layout.paths[shard] ?? ""));
      if (outputs.some((one) => one.path === path)) throw clash(path);
      outputs.push({ path, rows: file.rows, bytes: file.bytes, sha256: file.sha256 });
      placed.push({ from: join(done.folder, file.name), path });
    }
  }
  return { outputs, placed };
}

/** A path below the output folder with `/`; nothing is ever written elsewhere. */
function below(path: string): string {
  const clean = normalize(path).split(sep).join("/");
  const first = clean.split("/")[0];
  if (!isAbsolute(clean) && first !== ".." && first !== "." && first !== ".gristmill" && clean !== "manifest.json")
    return clean;
  throw new GristmillError(
    "GM_RUN_BAD_OUTPUT_PATH",
    "usage",
    `an output must lie below the output folder, not at ${path}`,
    "give a path like `dialogues.jsonl`",
  );
}

function clash(path: string): GristmillError {
  return new GristmillError(
    "GM_RUN_OUTPUT_CLASH",
    "usage",
    `two outputs would be written to ${path}`,
    "give them different splits, formats or paths",
  );
}

/** Tokens of all rows, as the fold of a token report summed them. */
export async function totalTokens(disk: Disk, folds: FinishedBuild["folds"]): Promise<number | null> {
  const fold = folds.find(({ name }) => name === "token_report");
  if (fold === undefined) return null;
  const { sum } = JSON.parse(await disk.readText(fold.path)) as { sum?: unknown };
  return typeof sum === "number" ? sum : null;
}

/** Writes the files that results of folds hold into a folder; returns their paths below it. */
export async function writeFoldFiles(
  disk: Disk,
  plan: Plan,
  finished: ReadonlyMap<number, DoneStage>,
  target: string,
): Promise<string[]> {
  const written: string[] = [];
  for (const stage of plan.stages) {
    if (stage.kind !== "finish" || stage.files === undefined) continue;
    const text = await disk.readText(resultPath({ finished }, { stage: stage.id }));
    const { files = {} } = JSON.parse(text) as { files?: CrossedFiles };
    await disk.makeFolder(join(target, stage.files));
    for (const [name, content] of Object.entries(uncrossed(files))) {
      const path = `${stage.files}/${name}`;
      if (written.includes(path)) throw clash(path);
      await replaceText(disk, join(target, path), content);
      written.push(path);
    }
  }
  return written;
}

/** Results of folds with the step and name they have in the plan. */
export function foldResults(plan: Plan, finished: ReadonlyMap<number, DoneStage>): FinishedBuild["folds"] {
  return plan.stages.flatMap((stage) =>
    stage.kind === "finish"
      ? [{ step: stage.step, name: stage.fold.name, path: resultPath({ finished }, { stage: stage.id }) }]
      : [],
  );
}
