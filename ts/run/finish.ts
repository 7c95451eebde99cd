import { createHash } from "node:crypto";
import { isAbsolute, join, normalize, sep } from "node:path";
import { type CrossedFiles, GristmillError, uncrossed } from "../native/index.ts";
import type { RowFiles } from "../outputs/index.ts";
import type { Plan } from "../plan/index.ts";
import { type Disk, replaceText } from "./disk.ts";
import type { FinishedBuild, ManifestOutput } from "./manifest.ts";
import type { Placed } from "./publish.ts";
import { type DoneStage, outputFiles, resultPath, type Shard, shardsOf } from "./tasks.ts";

/** The files of all outputs under their final names. Indexes over shards are written into the stage's folder first. */
export async function placeOutputs(
  disk: Disk,
  plan: Plan,
  finished: ReadonlyMap<number, DoneStage>,
): Promise<{ outputs: ManifestOutput[]; placed: Placed[] }> {
  const outputs: ManifestOutput[] = [];
  const placed: Placed[] = [];
  const place = (from: string, path: string, file: Omit<ManifestOutput, "path">): void => {
    if (outputs.some((one) => one.path === path)) throw clash(path);
    outputs.push({ path, rows: file.rows, bytes: file.bytes, sha256: file.sha256 });
    placed.push({ from, path });
  };
  for (const stage of plan.stages) {
    if (stage.kind !== "output") continue;
    const done = finished.get(stage.id);
    if (done === undefined) continue;
    const { layout } = outputFiles(plan, stage.output);
    const shards = done.done.map((record) => record.files.filter((file) => file.role === "output"));
    const index = layout.kind === "shards" ? layout.index : undefined;
    const planned = shardsOf({ plan, finished }, stage);
    const entries = new Map<string | null, { shard: number; text: string }[]>();
    for (const [task, files] of shards.entries()) {
      const at = planned[task] ?? { split: null, shard: task, shards: shards.length };
      for (const file of files) {
        const from = join(done.folder, file.name);
        const extension = file.name.slice(file.name.indexOf("."));
        if (extension === index?.extension) {
          const text = await disk.readText(from);
          entries.set(at.split, [...(entries.get(at.split) ?? []), { shard: at.shard, text }]);
        } else place(from, pathOf(layout, at, extension), file);
      }
    }
    if (index === undefined) continue;
    for (const [split, found] of entries) {
      const text = index.render(found);
      const from = join(done.folder, `index${split === null ? "" : `-${split}`}.json`);
      await replaceText(disk, from, text);
      const sha256 = createHash("sha256").update(text).digest("hex");
      place(from, index.path(split), { rows: 0, bytes: Buffer.byteLength(text), sha256 });
    }
  }
  return { outputs, placed };
}

function pathOf(
  layout: RowFiles["layout"],
  { split, shard, shards }: Pick<Shard, "split" | "shard" | "shards">,
  extension: string,
): string {
  if (layout.kind === "shards") return layout.path(shard, shards, extension, split);
  return below(layout.kind === "file" ? layout.path : (layout.paths[shard] ?? ""));
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

/** What deciders report of the rows they decided on, and folds whose results are meant for people. */
export async function findings(
  disk: Disk,
  plan: Plan,
  finished: ReadonlyMap<number, DoneStage>,
): Promise<{ step: string; found: unknown }[]> {
  const found: { step: string; found: unknown }[] = [];
  for (const stage of plan.stages) {
    const done = finished.get(stage.id);
    const tells = stage.kind === "decide" || (stage.kind === "finish" && stage.finding === true);
    if (!tells || done === undefined) continue;
    const reports = done.done.flatMap((record) => record.files.filter((file) => file.role === "result"));
    for (const { name } of reports) {
      found.push({ step: stage.step, found: JSON.parse(await disk.readText(join(done.folder, name))) as unknown });
    }
  }
  return found;
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
