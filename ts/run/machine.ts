import { availableParallelism, cpus, totalmem } from "node:os";
import type { Manifest } from "./manifest.ts";

/** The machine a build ran on, for the manifest's `run`. */
export function hardware(): Manifest["run"]["hardware"] {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory_bytes: totalmem(),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  };
}

/** Highest resident memory of this process so far, in bytes. */
export function peakMemory(): number {
  // Node gives kilobytes on every platform.
  return process.resourceUsage().maxRSS * 1024;
}

/** All cores. */
export function defaultThreads(): number {
  return availableParallelism();
}

/** 70 % of the machine's memory. */
export function defaultMemory(): number {
  return Math.floor(totalmem() * 0.7);
}
