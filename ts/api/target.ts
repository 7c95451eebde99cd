import { link, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GristmillError } from "../native/index.ts";

/** Refuses a path where a file may not come to lie. */
export async function checkTarget(path: string, overwrite: boolean): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory() === true) throw exists(`${path} is a folder`);
  if (info !== null && !overwrite) throw exists(`${path} exists`);
  if ((await stat(dirname(path)).catch(() => null))?.isDirectory() !== true) {
    throw noFolder(path);
  }
}

function exists(message: string): GristmillError {
  return new GristmillError(
    "GM_RUN_OUTPUT_EXISTS",
    "exists",
    message,
    "choose another path, or replace it with --overwrite",
  );
}

/** Gives a finished file its name in one step. Never over a file that came up meanwhile. */
export async function appear(from: string, to: string, overwrite: boolean): Promise<void> {
  if (overwrite) {
    await rename(from, to);
    return;
  }
  try {
    await link(from, to);
    await rm(from);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EEXIST") throw exists(`${to} came up meanwhile`);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EMLINK" && code !== "EOPNOTSUPP") throw error;
    await checkTarget(to, false);
    await rename(from, to);
  }
}

/** A result has no place to go to: folders are never made where a typing error would leave one. */
export function noFolder(path: string): GristmillError {
  return new GristmillError(
    "GM_RUN_NO_FOLDER",
    "usage",
    `the folder of ${path} does not exist`,
    "make it first, or choose another path",
  );
}

/** Writes small files, each whole or not at all; none where one of them may not be written. */
export async function writeFiles(
  files: readonly [path: string, content: string | Uint8Array][],
  overwrite: boolean,
): Promise<void> {
  for (const [path] of files) await checkTarget(resolve(path), overwrite);
  for (const [path, content] of files) {
    const target = resolve(path);
    const work = await mkdtemp(join(dirname(target), `.${basename(target)}.gristmill-`));
    try {
      const made = join(work, basename(target));
      await writeFile(made, content);
      await appear(made, target, overwrite);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
}
