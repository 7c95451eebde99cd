/** What a benchmark is made of. */

/** One way to do the work of a suite. */
export interface Engine {
  /** How it is called in records: `native`, `baseline`, or the peer's name and version. */
  name: string;
  kind: "native" | "baseline" | "peer";
  /**
   * Gets ready outside the clock. `run` is the timed work, `check` does it once more and gives a hash of the whole
   * result, which must be the same for all engines of a suite. `undefined`: not installed here.
   */
  prepare(threads: number): Promise<Prepared | undefined>;
}

export interface Prepared {
  /** Gets ready for one run, outside the clock: what must be new each time, such as a tokenizer that has seen nothing. */
  renew?(): Promise<void>;
  run(): Promise<void>;
  check(): Promise<string>;
}

export interface Suite {
  name: string;
  /** One line for the table. */
  summary: string;
  /** Makes the inputs, if they are not there yet; gives the bytes of text that one run works on. */
  input(): Promise<number>;
  /** Rows that one run works on, where people count in rows. */
  rows?: number;
  /** Rows a second of the original program, where it was measured. */
  original?: number;
  engines: Engine[];
  /** Engines of `peers.py` that do the same work. */
  peers: string[];
  /** File that the peers read; when absent the chat messages. */
  file?: () => string;
}

/** What one cell says. */
export interface Cell {
  check: string;
  runs: { cpu_s: number; wall_s: number }[];
  peak_rss_mb: number;
  version?: string;
}
