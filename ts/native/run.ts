import { binding, type Closable, type NativeRun } from "./binding.ts";
import { unwrap } from "./failure.ts";
import type { ChainSpec, JobSpec, ReaderSpec, RunStatus, SinkSpec } from "./specs.ts";

/**
 * A reader, a chain and a sink joined to one run that native threads pump, or a job.
 * Files are complete, synced and named when `wait` reports `done`; a run that fails or is cancelled leaves none.
 */
export class Run implements Disposable {
  readonly #native: NativeRun;
  readonly #chain: Closable | undefined;

  private constructor(native: NativeRun, chain?: Closable) {
    this.#native = native;
    this.#chain = chain;
  }

  /**
   * Opens and joins the three and starts at once.
   *
   * @throws GristmillError when a file cannot be opened, or a step refuses its options or the columns that reach it.
   */
  static open(reader: ReaderSpec, chain: ChainSpec, sink: SinkSpec): Run {
    const native = binding();
    const source = unwrap(native.openReader(JSON.stringify(reader)));
    try {
      const steps = unwrap(native.openChain(JSON.stringify(chain)));
      return new Run(unwrap(native.openRun(source, steps, JSON.stringify(sink))), steps);
    } finally {
      source.close();
    }
  }

  /** Starts work without rows in a chain. */
  static job(spec: JobSpec): Run {
    return new Run(unwrap(binding().openJob(JSON.stringify(spec))));
  }

  /** Comes back after about `milliseconds`, or at the end. */
  async wait(milliseconds: number): Promise<RunStatus> {
    return JSON.parse(unwrap(await this.#native.wait(milliseconds))) as RunStatus;
  }

  /** Outlet sinks: the next batch as an Arrow IPC stream, `null` at the end. One call at a time. */
  async next(): Promise<Uint8Array | null> {
    return unwrap(await this.#native.next());
  }

  /** Feed readers: puts batches in, resolves when there was room. One call at a time. */
  async put(stream: Uint8Array): Promise<void> {
    unwrap(await this.#native.put(stream));
  }

  /** Feed readers: no more batches will come. */
  end(): void {
    this.#native.end();
  }

  /** Asks the run to stop; `wait` then reports `cancelled`. */
  cancel(): void {
    this.#native.cancel();
  }

  /** Stops the run if it goes on and frees what it holds. */
  close(): void {
    this.#native.close();
    this.#chain?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
