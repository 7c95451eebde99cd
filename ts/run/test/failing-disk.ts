import { type Disk, realDisk } from "../disk.ts";

/** The real file system until its n-th call, which fails; after that every call fails, as after a kill. */
export function failingDisk(at: number, code: string, dead: boolean): { disk: Disk; calls: () => number } {
  let calls = 0;
  const guard = (name: string) => {
    calls += 1;
    if (calls === at || (dead && calls > at)) {
      throw Object.assign(new Error(`${code}: ${name}`), { code, syscall: name });
    }
  };
  const wrap =
    <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      guard(name);
      return call(...args);
    };
  const disk: Disk = {
    makeFolder: wrap("mkdir", realDisk.makeFolder),
    readText: wrap("read", realDisk.readText),
    writeSynced: wrap("write", realDisk.writeSynced),
    append: wrap("append", realDisk.append),
    link: wrap("link", realDisk.link),
    copy: wrap("copy", realDisk.copy),
    rename: wrap("rename", realDisk.rename),
    remove: wrap("unlink", realDisk.remove),
    list: wrap("scandir", realDisk.list),
    size: wrap("stat", realDisk.size),
    isFolder: wrap("stat", realDisk.isFolder),
    syncFolder: wrap("fsync", realDisk.syncFolder),
  };
  return { disk, calls: () => calls };
}
