import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname } from "node:path";

/** The file operations that commit and publishing rest on. Tests put a failing one in its place. */
export interface Disk {
  /** What is written is thrown away: no crash and no other build will find it. */
  readonly passing?: boolean;
  makeFolder(path: string): Promise<void>;
  readText(path: string): Promise<string>;
  /** Writes a new file and syncs it. Fails when the file exists. */
  writeSynced(path: string, content: string | Uint8Array): Promise<void>;
  append(path: string, text: string): Promise<void>;
  /** Creates a second name; fails when that exists. */
  link(from: string, to: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or folder with all below it; nothing there is fine. */
  remove(path: string): Promise<void>;
  /** Names in a folder, sorted; none when it is absent. */
  list(path: string): Promise<string[]>;
  /** Size of a file, `null` when it is absent. */
  size(path: string): Promise<number | null>;
  isFolder(path: string): Promise<boolean>;
  syncFolder(path: string): Promise<void>;
}

/** The error code of a failed file operation, if `error` is one. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/** The uppermost folder of a path that is not there yet. */
async function firstMissing(path: string): Promise<string> {
  const up = dirname(path);
  const there = await fs.stat(up).catch(() => null);
  return there !== null || up === path ? path : firstMissing(up);
}

/** The real file system. */
export const realDisk: Disk = {
  async makeFolder(path) {
    try {
      await fs.mkdir(path, { recursive: true });
    } catch (error) {
      // On a disk that is read-only, Node says that the folder is not there.
      if (errnoOf(error) === "ENOENT") await fs.mkdir(await firstMissing(path));
      throw error;
    }
  },
  readText: (path) => fs.readFile(path, "utf8"),
  async writeSynced(path, content) {
    const file = await fs.open(path, "wx");
    try {
      await file.writeFile(content);
      // A failed sync is never tried again: the kernel may have dropped the pages.
      await file.sync();
    } finally {
      await file.close();
    }
  },
  append: (path, text) => fs.appendFile(path, text),
  link: (from, to) => fs.link(from, to),
  copy: (from, to) => fs.copyFile(from, to, constants.COPYFILE_EXCL),
  rename: (from, to) => fs.rename(from, to),
  remove: (path) => fs.rm(path, { recursive: true, force: true }),
  async list(path) {
    try {
      return (await fs.readdir(path)).sort();
    } catch (error) {
      if (ABSENT.has(errnoOf(error) ?? "")) return [];
      throw error;
    }
  },
  async size(path) {
    try {
      return (await fs.stat(path)).size;
    } catch (error) {
      if (ABSENT.has(errnoOf(error) ?? "")) return null;
      throw error;
    }
  },
  async isFolder(path) {
    try {
      return (await fs.stat(path)).isDirectory();
    } catch (error) {
      if (ABSENT.has(errnoOf(error) ?? "")) return false;
      throw error;
    }
  },
  async syncFolder(path) {
    // Windows cannot open folders; its renames are journaled by the file system.
    if (process.platform === "win32") return;
    const folder = await fs.open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

/** The real file system for a folder that is thrown away: what a crash would lose of it nobody would look for. */
export const passingDisk: Disk = {
  ...realDisk,
  passing: true,
  writeSynced: (path, text) => fs.writeFile(path, text, { flag: "wx" }),
  syncFolder: async () => undefined,
};

let attempts = 0;

/** A name that no other attempt uses, in the folder of `path`; cleaned up when a later build finds it. */
export function temporaryName(path: string): string {
  attempts += 1;
  return `${dirname(path)}/.${process.pid}-${Date.now().toString(36)}-${attempts}.tmp`;
}

/** Whether a file of this name was left behind by an attempt that never finished. */
export function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(".tmp");
}

/** Puts a whole new text in the place of a file: the old one or the new one is there, never half of one. */
export async function replaceText(disk: Disk, path: string, text: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await disk.writeSynced(temporary, text);
    await disk.rename(temporary, path);
    await disk.syncFolder(dirname(path));
  } catch (error) {
    await disk.remove(temporary).catch(() => undefined);
    throw error;
  }
}

/** Gives a file a second name, or a copy where the file system has no links. */
export async function linkOrCopy(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.link(from, to);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "EEXIST") {
      await disk.remove(to);
      await linkOrCopy(disk, from, to);
      return;
    }
    if (code !== "EPERM" && code !== "EXDEV" && code !== "ENOTSUP" && code !== "EMLINK" && code !== "EOPNOTSUPP")
      throw error;
    const temporary = temporaryName(to);
    try {
      await disk.copy(from, temporary);
      await disk.rename(temporary, to);
    } catch (failure) {
      await disk.remove(temporary).catch(() => undefined);
      throw failure;
    }
  }
}
