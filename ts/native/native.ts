import { binding } from "./binding.ts";
import { unwrap } from "./failure.ts";
import type { ColumnSpec, ProbeResult, ProbeSpec } from "./specs.ts";

/** Figures of finished Parquet files, from their footers. */
export interface Figures {
  rows: number;
  /** Size on disk. */
  bytes: number;
  /** Size of the same rows as Arrow buffers. */
  num_bytes: number;
  /** Hugging Face `features` list for the front matter of a card. */
  features: unknown[];
  /** Hugging Face `features` as `dataset_infos.json` has them. */
  legacy_features: Record<string, unknown>;
}

/** What the addon says about itself. */
export interface Description {
  version: string;
  threads: number;
  cpu: string[];
  allocator: string;
  /** Cargo profile the addon was compiled with: `release`, `fast` or `debug`. */
  profile: string;
}

/** Native functions that need no run. */
export const native = {
  /** Looks at an input file: format, compression, splits, columns. */
  async probe(spec: ProbeSpec): Promise<ProbeResult> {
    return JSON.parse(unwrap(await binding().probe(JSON.stringify(spec)))) as ProbeResult;
  },

  /** The union of the columns of several files, in order of appearance. */
  mergeColumns(lists: ColumnSpec[][]): ColumnSpec[] {
    return JSON.parse(unwrap(binding().mergeColumns(JSON.stringify(lists)))) as ColumnSpec[];
  },

  /** Throws when a native kind does not accept the options. */
  checkOptions(shape: "map" | "key" | "group" | "fold", kind: string, options: Record<string, unknown>): void {
    unwrap(binding().checkOptions(shape, kind, JSON.stringify(options)));
  },

  /** Names of all native kinds. */
  kinds(): { maps: string[]; keys: string[]; groups: string[]; folds: string[]; formats: string[] } {
    return JSON.parse(binding().kinds()) as ReturnType<typeof native.kinds>;
  },

  describe(): Description {
    return JSON.parse(unwrap(binding().describe())) as Description;
  },

  /** Sets the number of threads, and the bytes that runs may hold, for runs opened from now on. */
  configure(settings: { threads: number; memoryBytes: number }): void {
    unwrap(binding().configure(settings.threads, settings.memoryBytes));
  },

  /** Frees what is kept in memory of the files below a folder in passing; gives the bytes kept still, of others. */
  forget(folder: string): number {
    return binding().forget(folder);
  },

  figures(paths: string[]): Figures {
    return JSON.parse(unwrap(binding().figures(paths))) as Figures;
  },
};
