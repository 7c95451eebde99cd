import type { InputReader } from "../native/index.ts";
import type { Plan, PlannedFile, PlannedSource } from "../plan/index.ts";

/** Text a task reads, about. */
const TASK_BYTES = 256 * 1024 * 1024;
/** Most files of one task. */
const TASK_FILES = 512;
interface Piece {
  file: PlannedFile;
  split: InputReader["splits"][number];
  weight: number;
}

/** Readers of the tasks that read sources: whole splits in order, small files together, sources apart. */
export function sourceReaders(
  plan: Plan,
): { reader: InputReader; reads: unknown; inputs: { path: string; bytes: number }[] }[] {
  return plan.sources.flatMap((source) =>
    pack(source).map((pieces) => ({
      reader: {
        kind: "input" as const,
        splits: pieces.map((piece) => piece.split),
        columns: source.columns,
        options: source.options,
        key: source.key,
        source: source.label,
        limit: source.limit,
      },
      reads: pieces.map(({ file, split }) => [
        file.name,
        file.hash,
        file.bytes,
        split.split,
        ...(file.beside ?? []).map(({ hash }) => hash),
      ]),
      inputs: pieces.flatMap(({ file }) => [file, ...(file.beside ?? [])].map(({ path, bytes }) => ({ path, bytes }))),
    })),
  );
}

function pack(source: PlannedSource): Piece[][] {
  const pieces = source.files.flatMap((file) =>
    file.splits.map((split) => ({
      file,
      split: { path: file.path, name: file.name, format: file.format, codec: file.codec, split },
      weight: file.text_bytes / file.splits.length,
    })),
  );
  // A limit holds over the whole source, so one task counts; it reads no further than it must.
  if (source.limit !== null) return [pieces];
  const tasks: Piece[][] = [];
  let task: Piece[] = [];
  let weight = 0;
  let files = new Set<string>();
  for (const piece of pieces) {
    // Channels of a store are tasks of their own, so that one that changed leaves the others as they are.
    const tooBig =
      source.store !== undefined ||
      weight + piece.weight > TASK_BYTES ||
      (files.size >= TASK_FILES && !files.has(piece.file.name));
    if (task.length > 0 && tooBig) {
      tasks.push(task);
      task = [];
      weight = 0;
      files = new Set();
    }
    task.push(piece);
    weight += piece.weight;
    files.add(piece.file.name);
  }
  tasks.push(task);
  return tasks;
}
