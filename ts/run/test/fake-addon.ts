import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { FileRef, ReaderSpec, RunResult, SinkSpec } from "../../native/index.ts";
import type { Addon, RunHandle } from "../addon.ts";

/** Counts how often tasks were really run. */
export interface FakeAddon extends Addon {
  opened: string[];
}

/** An addon over lines of text: a chain step of kind `upper` changes them, one of kind `drop_a` drops those with an `A`. */
export function fakeAddon(salt: () => string = () => ""): FakeAddon {
  const opened: string[] = [];
  return {
    opened,
    open(reader, chain, sink) {
      const rows = read(reader);
      const counts: RunResult["counts"] = [];
      if (reader.kind === "input") counts.push({ step: "read", counts: kept(rows.length, rows.length) });
      let lines = rows;
      for (const step of chain.steps) {
        const before = lines.length;
        lines =
          step.kind === "drop_a"
            ? lines.filter((line) => !line.includes("A"))
            : lines.map((line) => line.toUpperCase());
        const dropped = before - lines.length;
        counts.push({
          step: step.step,
          counts: { ...kept(before, lines.length), dropped: dropped === 0 ? {} : { has_a: dropped } },
        });
      }
      if (sink.kind !== "outlet") opened.push(`${basename(sink.folder)}/${sink.stem}`);
      return handle(() => ({ files: [write(sink, lines, salt())], counts, rows: lines.length }));
    },
    job() {
      throw new Error("no jobs here");
    },
  };
}

function kept(rows_in: number, rows_out: number) {
  return { rows_in, made: 0, rows_out, dropped: {}, merged: 0, quarantined: 0 };
}

function read(reader: ReaderSpec): string[] {
  if (reader.kind === "input") return reader.splits.flatMap(({ path }) => linesOf(path));
  if (reader.kind !== "parts") throw new Error("not here");
  const rows = reader.parts.flatMap(({ path }) => linesOf(path));
  return reader.rows === null ? rows : rows.slice(reader.rows[0], reader.rows[0] + reader.rows[1]);
}

function linesOf(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").filter(Boolean);
}

function write(sink: SinkSpec, lines: string[], salt: string): FileRef {
  if (sink.kind === "outlet") throw new Error("not here");
  const text = lines.map((line) => `${line}${salt}\n`).join("");
  const sha256 = createHash("sha256").update(text).digest("hex");
  const name = `${sink.stem}-${sha256.slice(0, 12)}.${sink.kind === "output" ? "parquet" : "arrow"}`;
  mkdirSync(sink.folder, { recursive: true });
  const temporary = join(sink.folder, `.${sink.stem}-x-${process.pid}.tmp`);
  writeFileSync(temporary, text);
  renameSync(temporary, join(sink.folder, name));
  const role = sink.kind === "output" ? "output" : "part";
  return { name, role, bytes: Buffer.byteLength(text), rows: lines.length, sha256, first_row: 0 };
}

function handle(work: () => RunResult): RunHandle {
  return {
    wait: async () => {
      const result = work();
      return { state: "done", bytes_done: 1, bytes_total: 1, rows_in: 0, rows_out: result.rows, dry: true, result };
    },
    cancel: () => undefined,
    close: () => undefined,
    next: async () => null,
    put: async () => undefined,
    end: () => undefined,
  };
}
