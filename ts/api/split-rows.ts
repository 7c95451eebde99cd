import { mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { guarded } from "../run/index.ts";
import { buildFiles, inWorkFolder } from "./file-build.ts";
import { appear, checkTarget, noFolder } from "./target.ts";
import type { SplitOptions, SplitResult } from "./types.ts";

/**
 * Cuts the rows of files into `parts` files of `ceil(rows / parts)` rows, in order; the last ones hold what is left.
 * `out` is a path with `{part}`, the number of the file from 1. Folders that are missing below the fixed part of the
 * path are made; no file is replaced unless `overwrite` is set.
 */
export async function splitRows(given: SplitOptions): Promise<SplitResult> {
  const parts = given.parts ?? 10;
  const pattern = resolve(given.out);
  const at = pattern.indexOf("{part}");
  // What stands before the number is a folder that must be there; the rest is made below it.
  const root = dirname(`${at < 0 ? pattern : pattern.slice(0, at)}x`);
  if ((await stat(root).catch(() => null))?.isDirectory() !== true) throw noFolder(pattern);
  const overwrite = given.overwrite ?? false;
  const path = pattern.slice(root.length + 1);
  return guarded(`write ${given.out}`, async () =>
    inWorkFolder(join(root, "split"), async (work) => {
      for (let part = 1; part <= parts; part += 1) {
        const target = join(root, path.replaceAll("{part}", String(part)));
        if ((await stat(dirname(target)).catch(() => null)) !== null) await checkTarget(target, overwrite);
      }
      const { folder, manifest } = await buildFiles(work, [], [{ split: { parts, path } }], given);
      const files: SplitResult["files"] = [];
      for (const { path: name, rows, bytes } of manifest.outputs) {
        const target = join(root, name);
        await mkdir(dirname(target), { recursive: true });
        await appear(join(folder, name), target, overwrite);
        files.push({ path: target, rows, bytes });
      }
      return { files, rows: files.reduce((sum, file) => sum + file.rows, 0), steps: manifest.steps };
    }),
  );
}
