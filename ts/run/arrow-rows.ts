import {
  bool,
  columnFromArray,
  type DataType,
  float64,
  int64,
  type Table,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  utf8,
} from "@uwdata/flechette";
import { GristmillError } from "../native/index.ts";
import type { UserRow } from "../steps/index.ts";

/** Name of the engine's own id column. */
export const ID_COLUMN = "__id";

/** A column as it is written: name, Arrow type, whether it may be null. */
export interface RowColumn {
  name: string;
  type: DataType;
  nullable: boolean;
}

/** Opens an Arrow IPC stream or file. Whole numbers past 2^53 stay exact, as `bigint`. */
export function decode(ipc: Uint8Array): Table {
  return tableFromIPC(ipc, { useBigInt: true, useDate: false });
}

/** The columns of a table. */
export function columnsOf(table: Table): RowColumn[] {
  return table.schema.fields.map(({ name, type, nullable }) => ({ name, type, nullable }));
}

/** Rows as plain objects, without the engine's own columns. */
export function toRows(table: Table): { ids: string[]; rows: UserRow[] } {
  const rows: UserRow[] = Array.from({ length: table.numRows }, () => ({}));
  let ids: string[] = [];
  for (const name of table.names.map(String)) {
    const values = valuesOf(table, name);
    if (name === ID_COLUMN) ids = values as string[];
    if (name.startsWith("__")) continue;
    rows.forEach((row, i) => {
      row[name] = values[i];
    });
  }
  return { ids, rows };
}

/** Values of a column as plain JavaScript: `number` where exact, else `bigint`; nested values as arrays and objects. */
export function valuesOf(table: Table, name: string): unknown[] {
  return Array.from(table.getChild(name) as Iterable<unknown>, plain);
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}

/** Columns for rows: those that are known keep their type, the type of a new one comes from its first value. */
export function columnsFor(rows: readonly UserRow[], known: readonly RowColumn[], step: string): RowColumn[] {
  const first = rows[0];
  if (first === undefined) return [...known];
  const types = new Map(known.map((column) => [column.name, column]));
  const id = types.get(ID_COLUMN) ?? { name: ID_COLUMN, type: utf8(), nullable: false };
  const own = known.filter((column) => column.name !== ID_COLUMN && column.name in first);
  const added = Object.keys(first).filter((name) => !types.has(name));
  return [id, ...own, ...added.map((name) => ({ name, type: typeOf(rows, name, step), nullable: true }))];
}

function typeOf(rows: readonly UserRow[], name: string, step: string): DataType {
  if (name.startsWith("__")) throw userFault(step, `column names must not start with two underscores: ${name}`);
  const value = rows.map((row) => row[name]).find((one) => one !== null && one !== undefined);
  switch (typeof value) {
    case "undefined":
    case "string":
      return utf8();
    case "number":
      return float64();
    case "bigint":
      return int64();
    case "boolean":
      return bool();
    default:
      throw userFault(
        step,
        `new column ${name} holds ${Array.isArray(value) ? "a list" : "an object"}; return text, a number, a bigint or a boolean`,
      );
  }
}

/** Rows as one Arrow IPC stream or file. */
export function encode(
  columns: readonly RowColumn[],
  ids: readonly string[],
  rows: readonly UserRow[],
  step: string,
  format: "stream" | "file" = "stream",
): Uint8Array {
  const names = new Set(columns.map((column) => column.name));
  rows.forEach((row, i) => {
    const stray = Object.keys(row).find((name) => !names.has(name));
    if (stray !== undefined) {
      throw userFault(
        step,
        `row ${ids[i] ?? ""} has a column ${stray} that the first row had not; return the same columns for every row`,
      );
    }
  });
  const data = columns.map(({ name, type }): [string, ReturnType<typeof columnFromArray>] => {
    const values = name === ID_COLUMN ? [...ids] : rows.map((row) => row[name] ?? null);
    checkValues(values, name, type, ids, step);
    return [name, columnFromArray(values, type)];
  });
  const table = tableFromColumns(data);
  table.schema.fields.forEach((field, i) => {
    field.nullable = columns[i]?.nullable ?? true;
  });
  const bytes = tableToIPC(table, { format });
  if (bytes === null) throw userFault(step, "the rows could not be written");
  return bytes;
}

/** flechette turns what does not fit into something that does; a step of the user must not lose values that way. */
function checkValues(
  values: readonly unknown[],
  name: string,
  type: DataType,
  ids: readonly string[],
  step: string,
): void {
  const fits = fitting(type);
  if (fits === null) return;
  values.forEach((value, i) => {
    if (value === null || fits(value)) return;
    throw userFault(step, `row ${ids[i] ?? ""}: ${typeof value} in column ${name} does not fit its type`);
  });
}

const UTF8 = utf8().typeId;
const BOOL = bool().typeId;
const FLOAT = float64().typeId;
const INT = int64().typeId;

function fitting(type: DataType): ((value: unknown) => boolean) | null {
  switch (type.typeId) {
    case UTF8:
      return (value) => typeof value === "string";
    case BOOL:
      return (value) => typeof value === "boolean";
    case FLOAT:
      return (value) => typeof value === "number";
    case INT:
      return (value) => typeof value === "bigint" || Number.isSafeInteger(value);
    default:
      return null;
  }
}

/** A failure of the user's own step. */
export function userFault(step: string, message: string, cause?: unknown): GristmillError {
  return new GristmillError(
    "GM_STEP_USER",
    "failed",
    `step ${step}: ${message}`,
    "mend the function given to the recipe",
    { cause },
  );
}
