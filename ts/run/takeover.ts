import { basename, dirname, join } from "node:path";
import type { Disk } from "./disk.ts";
import { linkOrCopy } from "./disk.ts";
import { type Done, filesArePresent, readDoneFile } from "./done.ts";
import { type BuildFolder, stageFolder } from "./folder.ts";

/** Finished tasks of other builds in the same output folder, by fingerprint. */
export interface Finished {
  /** Gives the files of an equal task to this build; `null` when there is none. */
  take(fingerprint: string, stage: number, task: number): Promise<Done | null>;
}

/** Looks through the records of the other builds once; their files are only looked at when wanted. */
export async function otherBuilds(disk: Disk, folder: BuildFolder): Promise<Finished> {
  const records = new Map<string, string>();
  for (const id of await disk.list(folder.state)) {
    const build = join(folder.state, id);
    if (id === folder.buildId || id.startsWith(".") || !(await disk.isFolder(build))) continue;
    for (const stage of (await disk.list(build)).filter((name) => name.startsWith("stage-"))) {
      const done = join(build, stage, "done");
      for (const name of (await disk.list(done)).filter((one) => one.endsWith(".json") && !one.startsWith("."))) {
        const record = await readDoneFile(disk, join(done, name));
        if (record !== null) records.set(record.fingerprint, join(done, name));
      }
    }
  }
  return {
    async take(fingerprint, stage, task) {
      const path = records.get(fingerprint);
      const record = path === undefined ? null : await readDoneFile(disk, path);
      if (path === undefined || record === null) return null;
      const from = dirname(dirname(path));
      if (!(await filesArePresent(disk, from, record))) return null;
      const to = stageFolder(folder.build, stage);
      await disk.makeFolder(to);
      for (const file of record.files)
        await linkOrCopy(disk, join(from, basename(file.name)), join(to, basename(file.name)));
      return { ...record, task };
    },
  };
}
