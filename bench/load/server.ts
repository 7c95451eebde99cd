/** A real `gristmill serve` for load tests, compiled as users run it: `npm run build` first. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BENCH } from "../record.ts";

export const SECRET = "0123456789abcdef0123456789abcdef";

/** Starts it on a free port with one HMAC key, `load`. */
export function startServer(
  place: string,
  folder: string,
  more: readonly string[] = [],
): Promise<{ child: ChildProcess; port: number }> {
  const keys = join(folder, "keys");
  writeFileSync(keys, `hmac load ${SECRET}\n`);
  const args = ["serve", "--store", place, "--keys", keys, "--port", "0", "--json", "--quiet", ...more];
  const entry = join(BENCH, "..", "bin", "gristmill.js");
  const child = spawn(process.execPath, [entry, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const port = /"url": "http:\/\/127\.0\.0\.1:(\d+)"/.exec(text)?.[1];
      if (port !== undefined) resolve({ child, port: Number(port) });
    });
  });
}

/** Peak resident memory of a process. */
export const peakMb = (pid: number | undefined): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

/** Seconds of CPU that a process has used. */
export function cpuOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const ticks = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout) || 100;
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}
