import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { findFiles } from "../../plan/find-files.ts";
import type { InputName } from "./alias.ts";

const AT = { file: "<inputs>", line: null, column: null, path: "" };

/**
 * The files that paths mean, as the old programs took them: of a folder the Parquet files, then the CSV files, each
 * sorted, or whatever is there if it holds neither; a name without ending may stand for a CSV file.
 */
export function filesOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!existsSync(path) && existsSync(`${path}.csv`)) return [`${path}.csv`];
    if (!isFolder(path)) return [path];
    const tables = [...below(path, ["parquet"]), ...below(path, ["csv", "tsv"])];
    return tables.length > 0 ? tables : [path];
  });
}

function below(folder: string, endings: string[]): string[] {
  const every = findFiles([folder], [], AT);
  const wanted = every.filter(({ name }) =>
    endings.includes(
      name
        .toLowerCase()
        .replace(/\.(gz|zst|zstd|bz2)$/, "")
        .split(".")
        .at(-1) ?? "",
    ),
  );
  return wanted.map(({ path }) => path);
}

/** What default names are made from: the first path as it was given. */
export function nameOf(given: string, files: readonly string[]): InputName {
  const path = given.replace(/(.)[\\/]+$/, "$1");
  const file = isFolder(path) ? (files.find((one) => !isFolder(one)) ?? "") : (files[0] ?? path);
  const ending = /\.[^./\\]+(\.(gz|zst|zstd|bz2))?$/.exec(basename(file))?.[0] ?? ".csv";
  const own = basename(isFolder(path) ? path : file);
  const stem = isFolder(path) ? own : own.slice(0, own.length - ending.length) || own;
  return { folder: dirname(path), stem, ending: writable(ending) };
}

/** The ending that a result can have: that of the input where we write such files, else CSV. */
function writable(ending: string): string {
  const [, format = "", codec = ""] = /^\.([^.]+)(?:\.(.+))?$/.exec(ending.toLowerCase()) ?? [];
  if (!["csv", "jsonl", "ndjson", "parquet", "arrow", "feather"].includes(format)) return ".csv";
  return codec === "gz" || codec === "zst" ? ending : `.${format}`;
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
