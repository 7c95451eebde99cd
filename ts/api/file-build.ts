import { mkdtemp, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GristmillError } from "../native/index.ts";
import { snakeKeys } from "../recipe/index.ts";
import type { Manifest, Reporter } from "../run/index.ts";
import { buildOnce } from "./build.ts";
import type { FileOptions, StepEntry } from "./types.ts";

/** Work on a hidden folder beside the place where the result will lie, so that it can be moved there in one step. */
export async function inWorkFolder<T>(target: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(dirname(target), `.${basename(target)}.gristmill-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds files from files by a recipe of these steps and outputs, in a folder of its own below `work`. */
export async function buildFiles(
  work: string,
  steps: readonly StepEntry[],
  outputs: Record<string, unknown>[],
  given: FileOptions,
  { reporter = null, trace = false }: { reporter?: Reporter | null; trace?: boolean } = {},
): Promise<{ folder: string; manifest: Manifest }> {
  const folder = join(work, "out");
  const source = given.format ?? "files";
  const { threads, memory, maxBadRows, signal, onEvent, seed, limit } = given;
  const { manifest } = await buildOnce(
    {
      name: steps.map(({ name }) => name).join("-") || "files",
      sources: [{ [source]: { ...snakeKeys(given.source ?? {}), path: given.inputs.map((path) => resolve(path)) } }],
      steps: steps.map(({ name, options }) => ({ [name]: snakeKeys(options ?? {}) })),
      outputs,
    },
    {
      out: folder,
      reporter,
      ...(seed === undefined ? {} : { seed }),
      ...(limit === undefined ? {} : { limit }),
      ...(threads === undefined ? {} : { threads }),
      ...(memory === undefined ? {} : { memory }),
      ...(maxBadRows === undefined ? {} : { maxBadRows }),
      ...(signal === undefined ? {} : { signal }),
      ...(onEvent === undefined ? {} : { onEvent }),
    },
    { trace },
  );
  if (manifest === null) throw new GristmillError("GM_INTERNAL_STEP", "failed", "nothing was run");
  return { folder, manifest };
}
