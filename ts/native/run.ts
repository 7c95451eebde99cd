import { createRequire } from "node:module";
import { type NativeFailure, unwrap } from "./failure.ts";
import type { ChainSpec, JobSpec, ProbeResult, ProbeSpec, ReaderSpec, RunStatus, SinkSpec } from "./specs.ts";

/** The generated binding, as far as it is used here. */
interface Binding {
  probe(spec: string): Promise<string | NativeFailure>;
  checkOptions(shape: string, kind: string, options: string): string | NativeFailure;
  kinds(): string;
  configure(threads: number): void;
  describe(): string;
  Run: {
    open(reader: string, chain: string, sink: string): NativeHandle | NativeFailure;
    job(spec: string): NativeHandle | NativeFailure;
  };
}

interface NativeHandle {
  wait(ms: number): Promise<string | NativeFailure>;
  next(): Promise<Buffer | null | NativeFailure>;
  put(batch: Uint8Array): Promise<string | NativeFailure>;
  end(): void;
  cancel(): void;
  close(): void;
}

let binding: Binding | undefined;

/** Loads the addon on first use, so that help and recipe errors work without it. */
function load(): Binding {
  binding ??= createRequire(import.meta.url)("../../bindings/index.js") as Binding;
  return binding;
}
