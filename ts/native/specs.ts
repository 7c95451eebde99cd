/**
 * What crosses into the addon when work is opened: plain JSON, validated before it gets here.
 * Field names are the Rust side's (`snake_case`), which refuses unknown ones.
 */

/** A column as readers and writers name it. `json` holds raw JSON text (nested or mixed values). */
export interface ColumnSpec {
  name: string;
  type: "text" | "int" | "float" | "bool" | "json" | "arrow";
}

/** Asks what an input file is and where it can be cut. */
export interface ProbeSpec {
  /** Absolute path. */
  path: string;
  /** Path below the source's root; becomes part of row ids. */
  name: string;
  /** `null`: by extension, then by content. */
  format: string | null;
  options: Record<string, unknown>;
  /** Bytes of a split. Default 256 MiB. */
  split_bytes: number;
}

export interface ProbeResult {
  format: string;
  codec: "plain" | "gzip" | "zstd" | "bzip2";
  bytes: number;
  /** Opaque, self-contained, in order; depend on the input alone. */
  splits: SplitSpec[];
  columns: ColumnSpec[];
  /** Only where it is cheap to know (Parquet, Arrow). */
  rows: number | null;
  /** Bytes after decompression, estimated from a sample for compressed inputs. */
  estimated_text_bytes: number;
  /** Paths of files that belong to it, such as an index beside it. */
  beside?: string[];
}

export type SplitSpec = Readonly<Record<string, unknown>>;

/** Where a task reads from. */
export type ReaderSpec = InputReader | PartsReader | PartitionReader | FeedReader;

/** Splits of input files, one after the other. */
export interface InputReader {
  kind: "input";
  splits: { path: string; name: string; format: string; codec: string; split: SplitSpec }[];
  /** Schema of the source, the union over its files; matched by name, absent values are null. */
  columns: ColumnSpec[];
  options: Record<string, unknown>;
  /** Column whose value is the row id; else `<name>:<address>`. */
  key: string | null;
  /** Label that goes into the column `source`, unless the files have one. */
  source?: string | null;
  /** Stop after so many rows (`--limit`). */
  limit: number | null;
}

/** Committed parts of an earlier stage under the marks of selects. */
export interface PartsReader {
  kind: "parts";
  parts: PartRef[];
  marks: MarksRef[];
  /** Read these columns only (plus the id); `null`: all. */
  columns: string[] | null;
  /** Rows passed over, then rows given, counted over all `parts`; `null`: all. Only with no marks. */
  rows: [number, number] | null;
  /** Step under which rows are counted when there are no marks; absent: under the empty name, to be passed over. */
  step?: string;
}

export interface PartRef {
  path: string;
  /** Task of the stage that wrote it. */
  task: number;
  /** Number of its first row among the rows of that task. */
  first_row: number;
  rows: number;
}

/** The result of one select, to be applied to parts. */
export interface MarksRef {
  /** Step whose counts and trace these drops belong to. */
  step: string;
  files: string[];
  /** Names of drop reasons; a mark holds an index into them. */
  reasons: string[];
  /** Exactly one of the stages that read these marks counts and traces the drops. */
  count: boolean;
  /** Attach labels as the engine column `__label`. */
  label: boolean;
  /** Rows may have several labels: they are attached as lists, as the engine column `__labels`. */
  many?: boolean;
  /** What the decider said of its marks, for the trace. */
  notes?: string | null;
}

/** One partition of an exchange: segments merged in total order, cut at group borders, given to a group step. */
export interface PartitionReader {
  kind: "partition";
  segments: { path: string; task: number }[];
  partition: number;
  /** The group operator; `null`: rows go on as they are (sort, shuffle). */
  group: NativeStep | null;
  /** Step under which the partition's rows are counted. */
  step: string;
}

/** Batches put in from JavaScript as Arrow IPC streams with `Feed.put`. */
export interface FeedReader {
  kind: "feed";
  /** Columns of the batches, `__id` first, as an Arrow IPC stream without batches, base64. */
  schema: string;
  /** Rows without `__id` get their numbers as ids. */
  numbered?: boolean;
}

/** A native step with its options. */
export interface NativeStep {
  /** Name of the step of the recipe: counts and trace go under it. */
  step: string;
  /** Native kind that runs it. */
  kind: string;
  options: Record<string, unknown>;
  /** Results of folds it reads: name -> path of the finished JSON file. */
  side: Record<string, string>;
}

export interface ChainSpec {
  steps: NativeStep[];
}

/** Where a task's rows go. */
export type SinkSpec = PartsSink | ScanSink | ExchangeSink | OutputSink | OutletSink;

export interface KeysSpec {
  kind: string;
  options: Record<string, unknown>;
  /** Partitions of the decider (by key, linked); 1 for in order. */
  partitions: number;
  /** Rows sorted by (key) or by (rank), or by key with bands beside them (alike): what the decider needs. */
  sort: "key" | "rank" | "alike";
}

export interface FoldSpec {
  /** Name under which the plan knows the result. */
  name: string;
  kind: string;
  options: Record<string, unknown>;
}

interface Attempt {
  /** Folder the files go to; made if absent. Files get their final names when the task is committed. */
  folder: string;
  /** Name stem of this task's files, e.g. `part-00003`. */
  stem: string;
  /** Number of the task in its stage; part of the addresses of its rows. */
  task: number;
  /** The folder is thrown away at the end: files are not hashed, and not synced but for those of outputs. */
  passing?: boolean;
}

/** Writes committed parts; emits keys and folds in the same pass. */
export interface PartsSink extends Attempt {
  kind: "parts";
  format: "arrow" | "parquet";
  /** A part is closed at the first block border past so many bytes. Default 256 MB. */
  part_bytes: number;
  /** No part has rows of two values of this column; its `label` says which. */
  by?: string;
  keys: KeysSpec | null;
  folds: FoldSpec[];
}

/** Emits keys or folds of rows that are already committed. */
export interface ScanSink extends Attempt {
  kind: "scan";
  keys: KeysSpec | null;
  folds: FoldSpec[];
}

/** Routes rows to partitions, each sorted. */
export interface ExchangeSink extends Attempt {
  kind: "exchange";
  partitions: number;
  route: RouteSpec;
  /** Bytes of rows sorted at once in memory. */
  run_bytes: number;
}

/** How rows find their partition and their order inside it; ties keep row order. */
export interface RouteSpec {
  by:
    | { kind: "label" }
    /** Labels in the order of a seeded hash. */
    | { kind: "shuffled_label"; seed: number; step: string }
    | { kind: "hash"; columns: string[] }
    | { kind: "range"; column: string; descending: boolean; cuts: string | null }
    | { kind: "shuffle"; seed: number; step: string };
  /** Order inside a group: a numeric column, or a text column of decimal digits. */
  order: string | null;
}

/** Writes one file of an output. */
export interface OutputSink extends Attempt {
  kind: "output";
  format: { kind: string; options: Record<string, unknown> };
  /** Columns written, in order; `null`: all ordinary ones. */
  columns: string[] | null;
}

/** Hands batches to JavaScript with `Outlet.next`. */
export interface OutletSink {
  kind: "outlet";
}

/** Work without rows in a chain. */
export type JobSpec = DecideJob | FinishJob | HashJob;

export interface DecideJob extends Attempt {
  job: "decide";
  decider: DeciderSpec;
  /** Key files of the tasks before, in task order. */
  keys: { path: string; task: number }[];
  /** Partition decided by this task (by key); 0 else. */
  partition: number;
  partitions: number;
  /**
   * Rows of each task of the stage that wrote the rows the keys speak of, for global row ordinals. For keys emitted
   * by a scan that is the stage whose parts were scanned: addresses are always those of the committed part.
   */
  task_rows: number[];
  /** Memory to sort in. */
  memory_bytes: number;
  /** The rows that emitted the keys, for a decider that compares them. */
  parts?: PartRef[];
}

export type DeciderSpec =
  /** Best `keep` rows of each key stay; the others get reason 0. A kept row with payload bit 0 gets reason 1. */
  | { kind: "by_key"; keep: number }
  /**
   * Rows in order of (rank, row order); kept while the running total of rows or payload is within the limit; the others
   * get reason 0. With `quotas`, so many rows of each key (a small number) stay at most; rows beyond get reason 1.
   */
  | { kind: "in_order"; rows: number | null; payload: number | null; quotas?: number[] | null }
  /**
   * Rows in order of (rank, row order): the first `rows[0]` get label 0, the next label 1, those behind all of them none.
   * Rows of equal rank get the same.
   */
  | { kind: "portions"; rows: number[] }
  /** Trees of references: label = ordinal of the root. Reason 0: unanswered, reason 1: reference loop. */
  | { kind: "linked" }
  /**
   * Label = number of the block the row goes into, which is one of rows of its key; the payload is its length. Looks at
   * `window` rows together.
   */
  | { kind: "pack"; capacity: number; method: "best_fit" | "next_fit" | "concat"; window: number }
  /**
   * Rows of cells of a table, the cell's number being the key, what a row counts its payload: so many of each cell that
   * the shares of all columns are as wanted. Reason 0: the cell has given enough, reason 1: it has no weight. Label = how
   * often a row is given, where that is more than once. `weights` has one more number than `values`: all others. They
   * say shares, how often rows are given, or how much is given at most.
   */
  | {
      kind: "mix";
      columns: { column: string; values: string[]; weights: number[] }[];
      budget: number | null;
      max_epochs: number;
      by: "weights" | "epochs" | "quotas";
      measure: string;
    }
  /**
   * Clusters of rows of equal key and of rows that share a band and are similar by `step`, the key step. The first
   * stays, or the one of least rank; the others get reason 0 if their key is that of the row that stays, else reason 1.
   * `all`: every row of a cluster gets a label. `sequential`: clusters are rows that stay and the rows that are like them,
   * not all that hang together.
   */
  | {
      kind: "alike";
      step: { kind: string; options: Record<string, unknown> };
      keep: "first" | "best" | "all";
      sequential?: true;
    }
  /**
   * Keys are those of units of rows, which `step`, the key step, knows. A row gets the numbers of those of its units as
   * labels that came `max` times before; with `all`, of all that come more often than that.
   */
  | { kind: "repeats"; step: { kind: string; options: Record<string, unknown> }; max: number; all: boolean };

export interface FinishJob extends Attempt {
  job: "finish";
  fold: FoldSpec;
  /** State files of the tasks before, in task order. */
  states: string[];
}

/** Recomputes hashes of files. */
export interface HashJob {
  job: "hash";
  paths: string[];
}

/** A file a task committed. */
export interface FileRef {
  /** Name below the task's folder. */
  name: string;
  role: "part" | "keys" | "state" | "segment" | "marks" | "notes" | "result" | "output" | "trace";
  bytes: number;
  rows: number;
  /** Empty in passing. */
  sha256: string;
  /** Parts: first row among the task's rows. States: fold name in `label`; parts in splits: the split. */
  first_row?: number;
  label?: string;
}

/** Counts of one step; see docs/design.md. */
export interface StepCounts {
  rows_in: number;
  made: number;
  rows_out: number;
  dropped: Record<string, number>;
  merged: number;
  quarantined: number;
  changed?: Record<string, number>;
}

/** What a run says about itself while it goes and when it has ended. */
export interface RunStatus {
  state: "running" | "done" | "cancelled";
  /** Bytes read and to be read; of a job how far it is, in a measure of its own, if it says so. */
  bytes_done: number;
  bytes_total: number;
  rows_in: number;
  rows_out: number;
  /** Whether the reader has handed out its last batch. */
  dry: boolean;
  /** Set when done. */
  result: RunResult | null;
}

export interface RunResult {
  files: FileRef[];
  /** In chain order; `read` first when the reader counts. */
  counts: { step: string; counts: StepCounts }[];
  rows: number;
  /** Hashes for a hash job. */
  hashes?: { path: string; bytes: number; sha256: string }[];
}
