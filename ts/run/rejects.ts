import { createHash } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { uint32, utf8 } from "@uwdata/flechette";
import type { FileRef } from "../native/index.ts";
import { encode, ID_COLUMN, type RowColumn } from "./arrow-rows.ts";

/** The columns of trace files, as native tasks write them. */
const COLUMNS: RowColumn[] = [
  ...[ID_COLUMN, "id", "step", "kind", "reason", "rule", "twin"].map((name) => ({
    name,
    type: utf8(),
    nullable: false,
  })),
  ...["span_start", "span_end"].map((name) => ({ name, type: uint32(), nullable: true })),
  ...["excerpt", "after"].map((name) => ({ name, type: utf8(), nullable: false })),
];

/** Rejects in one trace file; a task with more writes several. */
const FILE_ROWS = 100_000;

/** Trace of a step of the user: what the native trace is to native steps. */
export class Rejects {
  readonly #folder: string;
  readonly #stem: string;
  readonly #files: FileRef[] = [];
  #waiting: { id: string; step: string; reason: string }[] = [];

  constructor(folder: string, stem: string) {
    this.#folder = folder;
    this.#stem = stem;
  }

  /** Records a dropped row. */
  async add(reject: { id: string; step: string; reason: string }): Promise<void> {
    this.#waiting.push(reject);
    if (this.#waiting.length >= FILE_ROWS) await this.#write();
  }

  /** Writes what is left; the files of the trace. */
  async finish(): Promise<FileRef[]> {
    if (this.#waiting.length > 0) await this.#write();
    return this.#files;
  }

  async #write(): Promise<void> {
    const rejects = this.#waiting;
    this.#waiting = [];
    const rows = rejects.map(({ id, step, reason }) => ({
      id,
      step,
      kind: "dropped",
      reason,
      rule: "",
      twin: "",
      span_start: null,
      span_end: null,
      excerpt: "",
      after: "",
    }));
    const ids = rejects.map(({ id }) => id);
    const bytes = encode(COLUMNS, ids, rows, rejects[0]?.step ?? "", "file");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const name = `${this.#stem}-trace-${this.#files.length}-${sha256.slice(0, 12)}.arrow`;
    await writeSynced(this.#folder, name, bytes);
    this.#files.push({ name, role: "trace", bytes: bytes.length, rows: rows.length, sha256 });
  }
}

async function writeSynced(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${name}.tmp`);
  const file = await open(temporary, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
}
