import type { ChainSpec, JobSpec, ReaderSpec, RunStatus, SinkSpec } from "../native/index.ts";
import { Run } from "../native/index.ts";

/** Work going on in the addon. */
export interface RunHandle {
  wait(ms: number): Promise<RunStatus>;
  cancel(): void;
  close(): void;
  next(): Promise<Uint8Array | null>;
  put(ipc: Uint8Array): Promise<void>;
  end(): void;
}

/** The part of the addon that running tasks needs; tests put a fake in its place. */
export interface Addon {
  open(reader: ReaderSpec, chain: ChainSpec, sink: SinkSpec): RunHandle;
  job(spec: JobSpec): RunHandle;
}

/** The real addon. */
export const realAddon: Addon = {
  open: (reader, chain, sink) => Run.open(reader, chain, sink),
  job: (spec) => Run.job(spec),
};
