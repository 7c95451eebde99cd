import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { GristmillError } from "../native/index.ts";
import { type Disk, errnoOf, temporaryName } from "./disk.ts";

/** Who holds a lock. The start time tells a process from a later one with the same number. */
export interface Holder {
  pid: number;
  host: string;
  /** Start of the process as the system tells it; `null` where it does not. */
  start: string | null;
}

/** What a lock needs to know about processes. */
export interface Processes {
  self(): Holder;
  isAlive(holder: Holder): boolean;
}

/** The processes of this machine. */
export const realProcesses: Processes = {
  self: () => ({ pid: process.pid, host: hostname(), start: startOf(process.pid) }),
  isAlive(holder) {
    // Nobody can look into another machine: its lock stands until someone removes it.
    if (holder.host !== hostname()) return true;
    try {
      process.kill(holder.pid, 0);
    } catch (error) {
      if (errnoOf(error) === "ESRCH") return false;
    }
    const start = startOf(holder.pid);
    return start === null || holder.start === null || start === holder.start;
  },
};

/** Boot and clock tick at which a process started, where `/proc` tells it. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return fields[0] === "Z" ? "zombie" : `${boot}/${fields[19] ?? ""}`;
  } catch {
    return null;
  }
}

/** A lock that is held. */
export interface Lock {
  /** Whether it is still ours. */
  held(): Promise<boolean>;
  release(): Promise<void>;
}

/** Takes the lock of an output folder, at once or not at all. The lock of a dead process is taken over. */
export async function takeLock(disk: Disk, state: string, processes: Processes = realProcesses): Promise<Lock> {
  const path = join(state, "lock");
  const text = JSON.stringify(processes.self());
  const mine = temporaryName(path);
  await disk.writeSynced(mine, text);
  try {
    // Once for a stale lock, once more when another build cleared it at the same moment.
    for (let round = 0; round < 3; round += 1) {
      try {
        await disk.link(mine, path);
        return { held: async () => (await readOrNull(disk, path)) === text, release: () => release(disk, path, text) };
      } catch (error) {
        if (errnoOf(error) !== "EEXIST") throw error;
      }
      const other = await readOrNull(disk, path);
      if (other === null) continue;
      const holder = parse(other);
      if (holder !== null && processes.isAlive(holder)) throw locked(holder, path);
      await clear(disk, path, other);
    }
    throw locked(parse((await readOrNull(disk, path)) ?? ""), path);
  } finally {
    await disk.remove(mine).catch(() => undefined);
  }
}

/** Takes a stale lock away. When it is another one by now, it is put back. */
async function clear(disk: Disk, path: string, stale: string): Promise<void> {
  const aside = temporaryName(path);
  try {
    await disk.rename(path, aside);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  if ((await readOrNull(disk, aside)) !== stale) await disk.link(aside, path).catch(() => undefined);
  await disk.remove(aside);
}

async function release(disk: Disk, path: string, text: string): Promise<void> {
  if ((await readOrNull(disk, path)) === text) await disk.remove(path);
}

async function readOrNull(disk: Disk, path: string): Promise<string | null> {
  try {
    return await disk.readText(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
}

function parse(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (typeof value?.pid !== "number" || typeof value.host !== "string") return null;
    return { pid: value.pid, host: value.host, start: typeof value.start === "string" ? value.start : null };
  } catch {
    return null;
  }
}

function locked(holder: Holder | null, path: string): GristmillError {
  const who = holder === null ? "another build" : `process ${holder.pid} on ${holder.host}`;
  const hint = `wait for it, or choose another folder; if it is certainly gone, remove ${path}`;
  return new GristmillError("GM_RUN_LOCKED", "failed", `${who} is building into this folder`, hint);
}
