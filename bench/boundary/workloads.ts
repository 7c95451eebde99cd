/** What the boundary suite runs on both sides: a reader, a chain and a parts sink, as plain specifications. */
import { basename, join } from "node:path";
import { native } from "../../ts/native/index.ts";
import type { ColumnSpec, InputReader, NativeStep, SinkSpec } from "../../ts/native/specs.ts";
import { DATA, exportOf, manyMessages } from "../inputs/data.ts";

const SPLIT_BYTES = 256 << 20;
/** Enough work that starting a process is small beside it. */
const INPUT_BYTES = 300e6;

export interface Workload {
  name: string;
  summary: string;
  path: string;
  chain: { steps: NativeStep[] };
}

const clean = (column: string): NativeStep => ({
  step: "clean_chat",
  kind: "clean_chat",
  options: { column, layout: "plain" },
  side: {},
});

export async function workloads(): Promise<Workload[]> {
  return [
    {
      name: "boundary-jsonl",
      summary: "JSONL → clean_chat → Arrow part",
      path: await manyMessages(INPUT_BYTES),
      chain: { steps: [clean("text")] },
    },
    {
      name: "boundary-discord",
      summary: "Discord export → filter_messages → clean_chat → Arrow part",
      path: exportOf(INPUT_BYTES),
      chain: {
        steps: [{ step: "filter_messages", kind: "filter_messages", options: {}, side: {} }, clean("content")],
      },
    },
  ];
}

/** The specification of a workload; `stem` keeps the files of two runs apart. */
export async function specOf(
  { path, chain }: Workload,
  threads: number,
  folder: string,
): Promise<{ threads: number; reader: InputReader; chain: { steps: NativeStep[] }; sink: SinkSpec }> {
  const name = basename(path);
  const found = await native.probe({ path, name, format: null, options: {}, split_bytes: SPLIT_BYTES });
  const columns: ColumnSpec[] = found.columns;
  const { format, codec } = found;
  return {
    threads,
    reader: {
      kind: "input",
      splits: found.splits.map((split) => ({ path, name, format, codec, split })),
      columns,
      options: {},
      key: null,
      limit: null,
    },
    chain,
    sink: {
      kind: "parts",
      folder: join(DATA, "out", folder),
      stem: "part-00000",
      task: 0,
      format: "arrow",
      part_bytes: 256 << 20,
      keys: null,
      folds: [],
    },
  };
}
