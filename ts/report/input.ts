import type { Manifest } from "../run/index.ts";

/** All that reports are made of. Plain data: no file is opened to fill them in. */
export interface ReportInput {
  manifest: ReportedManifest;
  inputs: ReportedInput[];
  /** One per `dataset` output, in recipe order; its first is the default configuration. */
  datasets: DatasetReport[];
  /** What the recipe says about the data card. */
  card: CardOptions;
  /** Result of the token statistics fold, where the recipe asks for a token report. */
  tokens: TokenFigures | null;
  /** Result of the turn table fold, with it. */
  turns: TurnFigures | null;
}

/** A manifest without the facts of the one run, so that no time, host or path of a machine can reach a report. */
export type ReportedManifest = Pick<
  Manifest,
  "name" | "build_id" | "seed" | "recipe" | "versions" | "steps" | "findings" | "outputs"
>;

export interface ReportedInput {
  /** Path below the source's root, never an absolute one. */
  name: string;
  /** Kind of the source, e.g. `discord`. */
  source: string;
  bytes: number;
  sha256: string;
}

/** One configuration (`config_name`) of the data set, described from the footers of its files. */
export interface DatasetReport {
  /** `default` when there is only one. */
  config: string;
  splits: SplitReport[];
  /** As `native.figures` gives them: the list that goes under `dataset_info.features`. */
  features: unknown;
  /** The same for `dataset_infos.json`: name -> feature with `_type`. */
  legacy_features: unknown;
}

export interface SplitReport {
  /** `train`, `validation` or `test`. */
  name: string;
  /** Files below the output folder, in order, e.g. `data/train-00000-of-00001.parquet`. */
  files: string[];
  rows: number;
  /** Size of the files on disk. */
  bytes: number;
  /** Uncompressed Arrow size. */
  num_bytes: number;
}

/** `card` of a `dataset` output. Everything is optional; what is absent is left out or said to be unknown. */
export interface CardOptions {
  pretty_name?: string | undefined;
  /** Paragraph that opens the card. */
  description?: string | undefined;
  /** SPDX expression in lower case; `other` when sources differ. */
  license?: string | undefined;
  /** ISO 639 codes. */
  language?: string | readonly string[] | undefined;
  task_categories?: readonly string[] | undefined;
  tags?: readonly string[] | undefined;
  /** Where the data came from. */
  sources?: readonly CardSource[] | undefined;
  /** What was done about personal data and safety, beyond the steps. */
  safety?: string | undefined;
  limitations?: string | undefined;
  contact?: string | undefined;
}

export interface CardSource {
  name: string;
  url?: string | undefined;
  license?: string | undefined;
  dates?: string | undefined;
}

/** Result of the fold `token_report`. A figure that no row defines is `null`. */
export interface TokenFigures {
  count: number;
  sum: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  median: number | null;
  /** Population standard deviation. */
  std: number | null;
  skew: number | null;
  /** Population kurtosis, not excess. */
  kurt: number | null;
  /** Name and tokens, in the order they are printed: `99.9%`, then `1%` to `100%`. */
  percentiles: readonly (readonly [name: string, tokens: number | null])[];
  total_chars: number;
  total_words: number;
  avg_chars: number | null;
  avg_words: number | null;
  /** Spaces and tags are in the characters but not in the words; the name is kept for scripts. */
  avg_chars_per_word: number | null;
  tokens_per_char: number | null;
  /** Edges and rows, e.g. `0-8`; the last bin, `4096+`, has no end. */
  bins: readonly (readonly [edges: string, rows: number])[];
  assistant_blocks: number;
}

/** Result of the fold `turn_table`: numbers of turns and dialogues that have so many, in order. */
export interface TurnFigures {
  turns: readonly (readonly [turns: number, dialogues: number])[];
}
