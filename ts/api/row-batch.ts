import type { Table } from "@uwdata/flechette";
import { decode, ID_COLUMN, toRows, valuesOf } from "../run/index.ts";
import type { UserRow } from "../steps/index.ts";

/** Some thousand rows in columns. Whole numbers are `number` where that is exact, else `bigint`. */
export class RowBatch {
  /** The rows as an Arrow IPC stream, the id column `__id` first; for Arrow tools. */
  readonly arrow: Uint8Array;
  #table: Table | undefined;

  constructor(arrow: Uint8Array) {
    this.arrow = arrow;
  }

  /** Number of rows. */
  get length(): number {
    return this.#decoded().numRows;
  }

  /** Names of the columns, without the engine's own. */
  get columns(): string[] {
    return this.#decoded()
      .names.map(String)
      .filter((name) => !name.startsWith("__"));
  }

  /** Stable ids of the rows. */
  get ids(): string[] {
    return valuesOf(this.#decoded(), ID_COLUMN) as string[];
  }

  /** Values of one column; throws `RangeError` when there is no such column. */
  column(name: string): unknown[] {
    if (!this.#decoded().names.includes(name))
      throw new RangeError(`no column ${name}; there are ${this.columns.join(", ")}`);
    return valuesOf(this.#decoded(), name);
  }

  /** The rows as plain objects. */
  rows(): UserRow[] {
    return toRows(this.#decoded()).rows;
  }

  [Symbol.iterator](): Iterator<UserRow> {
    return this.rows()[Symbol.iterator]();
  }

  #decoded(): Table {
    this.#table ??= decode(this.arrow);
    return this.#table;
  }
}
