import type { Shape } from "../steps/step.ts";

/**
 * `manifest.json`: what was built from what, with every count. Others script against these names, so none is ever
 * renamed. Everything outside `run` is the same for the same recipe, inputs, seed and version.
 */
export interface Manifest {
  format: 1;
  /** Name of the recipe. */
  name: string;
  build_id: string;
  /** Version of gristmill. */
  version: string;
  seed: number;
  /** The recipe after variables and overrides, secrets left out. */
  recipe: Record<string, unknown>;
  inputs: ManifestInput[];
  /** In the order rows pass them; the reader comes first under the name `read`. */
  steps: ManifestStep[];
  outputs: ManifestOutput[];
  /** The facts of this one run; the only part that differs from run to run. */
  run: ManifestRun;
}

export interface ManifestInput {
  /** Path below the source's root, never an absolute one. */
  name: string;
  /** Kind of the source, e.g. `discord`. */
  source: string;
  bytes: number;
  sha256: string;
}

/** `rows_in + made = rows_out + dropped + merged + quarantined` holds in every one. */
export interface ManifestStep {
  name: string;
  shape: Shape | "read" | "output";
  rows_in: number;
  made: number;
  rows_out: number;
  dropped: Record<string, number>;
  merged: number;
  quarantined: number;
  /** Rows a rule changed, by rule. */
  changed?: Record<string, number>;
}

export interface ManifestOutput {
  /** Below the output folder. */
  path: string;
  rows: number;
  bytes: number;
  sha256: string;
}

export interface ManifestRun {
  /** ISO 8601, UTC. */
  started: string;
  seconds: number;
  peak_memory_bytes: number;
  threads: number;
  /** Seconds of work by step or stage, where they were measured. */
  timings?: Record<string, number>;
  hardware?: Record<string, unknown>;
  /** Tasks that had been done by an earlier run and were not repeated. */
  tasks_kept?: number;
}
