import { dirname, join } from "node:path";
import { type Disk, linkOrCopy, replaceText, temporaryName } from "./disk.ts";
import type { BuildFolder } from "./folder.ts";
import type { Manifest } from "./manifest.ts";
import { checkForeign, lookInto, recordOwned, topNames } from "./output-folder.ts";

/** A file of a stage and where it goes below the output folder. */
export interface Placed {
  from: string;
  path: string;
}

/** Folder in which a finished build is put together, out of sight. */
export function publishFolder(folder: BuildFolder): string {
  return join(folder.build, "publish");
}

/** Puts files together under their final names, by links where the file system has them. */
export async function assemble(disk: Disk, folder: BuildFolder, files: readonly Placed[]): Promise<string> {
  const target = publishFolder(folder);
  await disk.remove(target);
  await disk.makeFolder(target);
  for (const { from, path } of files) {
    const to = join(target, path);
    await disk.makeFolder(dirname(to));
    await linkOrCopy(disk, from, to);
  }
  return target;
}

/**
 * Moves an assembled build to where people see it: each name in one step, the manifest last. The old manifest goes
 * first, so a folder with a manifest always holds that build and nothing else of ours.
 */
export async function publish(disk: Disk, folder: BuildFolder, manifest: Manifest, overwrite: boolean): Promise<void> {
  const { out } = folder;
  const source = publishFolder(folder);
  const names = topNames(manifest);
  const found = await lookInto(disk, out);
  await checkForeign(disk, out, found, overwrite);
  for (const name of names) await syncBelow(disk, join(source, name));
  await recordOwned(disk, out, [...new Set([...found.owned, ...names, "manifest.json"])]);
  await disk.remove(join(out, "manifest.json"));
  await disk.syncFolder(out);
  for (const name of names) await moveIn(disk, folder, join(source, name), name);
  for (const name of found.owned)
    if (name !== "manifest.json" && !names.includes(name)) await disk.remove(join(out, name));
  await disk.syncFolder(out);
  // Written out of sight, so that no leftover of a kill lies among the user's files.
  const ready = join(source, "manifest.json");
  await replaceText(disk, ready, `${JSON.stringify(manifest, null, 2)}\n`);
  await disk.rename(ready, join(out, "manifest.json"));
  await disk.syncFolder(out);
  await disk.remove(source);
}

async function syncBelow(disk: Disk, path: string): Promise<void> {
  if (!(await disk.isFolder(path))) return;
  for (const name of await disk.list(path)) await syncBelow(disk, join(path, name));
  await disk.syncFolder(path);
}

/** A file takes the place of the old one in one step, a folder as soon as the old one is aside. */
async function moveIn(disk: Disk, folder: BuildFolder, from: string, name: string): Promise<void> {
  const to = join(folder.out, name);
  if (await disk.isFolder(to)) {
    const aside = temporaryName(join(folder.state, name));
    await disk.rename(to, aside);
    await disk.rename(from, to);
    await disk.remove(aside);
    return;
  }
  await disk.rename(from, to);
}
