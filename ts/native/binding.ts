import { createRequire } from "node:module";
import type { BatchBinding } from "./batch-binding.ts";
import { GristmillError, type NativeFailure } from "./failure.ts";
import type { StoreBinding } from "./store-binding.ts";
import type { TokenizerBinding } from "./tokenizer-binding.ts";

/** The generated binding, as far as it is used here. Specifications and reports cross as JSON text. */
export interface Binding extends BatchBinding, StoreBinding, TokenizerBinding {
  probe(spec: string): Promise<string | NativeFailure>;
  mergeColumns(lists: string): string | NativeFailure;
  checkOptions(shape: string, kind: string, options: string): boolean | NativeFailure;
  kinds(): string;
  describe(): string | NativeFailure;
  figures(paths: string[]): string | NativeFailure;
  configure(threads: number, memoryBytes: number): boolean | NativeFailure;
  forget(folder: string): number;
  openReader(spec: string): Closable | NativeFailure;
  openChain(spec: string): Closable | NativeFailure;
  openRun(reader: Closable, chain: Closable, sink: string): NativeRun | NativeFailure;
  openJob(spec: string): NativeRun | NativeFailure;
}

export interface Closable {
  close(): void;
}

export interface NativeRun extends Closable {
  wait(milliseconds: number): Promise<string | NativeFailure>;
  next(): Promise<Uint8Array | null | NativeFailure>;
  put(stream: Uint8Array): Promise<boolean | NativeFailure>;
  end(): void;
  cancel(): void;
}

let loaded: Binding | undefined;

/**
 * Loads the addon on first use, so that help and recipe errors work without it.
 *
 * @throws GristmillError `GM_ADDON_MISSING` when it was not built for this platform.
 */
export function binding(): Binding {
  if (loaded === undefined) {
    try {
      loaded = withAllocator(() => createRequire(import.meta.url)("../../bindings/index.js") as Binding);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
      throw new GristmillError(
        "GM_ADDON_MISSING",
        "failed",
        `the native addon cannot be loaded: ${reason}`,
        "in a development tree run `npm run build`; else reinstall the package for this platform",
        { cause },
      );
    }
  }
  return loaded;
}

/** Milliseconds after which the addon's allocator gives free memory back to the system. */
const PURGE_DELAY = "10000";

/**
 * Loads the addon with its allocator set: it reads the environment once, while it is loaded. By default it gives memory back
 * after 10 ms, which the next batch is given again, cleared page by page: a fifth of the CPU time of a short step.
 */
function withAllocator<T>(load: () => T): T {
  const name = "MIMALLOC_PURGE_DELAY";
  if (process.env[name] !== undefined) return load();
  process.env[name] = PURGE_DELAY;
  try {
    return load();
  } finally {
    delete process.env[name];
  }
}
