import { resolve } from "node:path";
import { native } from "../native/index.ts";
import { findFiles } from "../plan/find-files.ts";
import { type DatasetReport, datasetInfos as describe } from "../report/index.ts";
import { writeFiles } from "./target.ts";

/** Options of {@link datasetInfos}. */
export interface DatasetInfosOptions {
  /** Parquet files, folders or globs: the shards of one split. */
  inputs: string[];
  /** File written, e.g. `dataset_infos.json`. Default: none. */
  out?: string;
  /** Default `train`. */
  split?: string;
  overwrite?: boolean;
  /** As the replaced tool: the first column alone, as text, and all sizes that of the file. Default `false`. */
  compat?: boolean;
}

/** What `dataset_infos.json` says of finished Parquet files, from their footers: columns, types, rows and sizes. */
export async function datasetInfos(given: DatasetInfosOptions): Promise<Record<string, unknown>> {
  const at = { file: "<paths>", line: null, column: null, path: "" };
  const inputs = given.inputs.map((path) => resolve(path));
  const files = findFiles(inputs, ["parquet"], at).map(({ path }) => path);
  const figures = native.figures(files);
  const { rows, bytes, num_bytes, features, legacy_features } = figures;
  const split = { name: given.split ?? "train", files, rows, bytes, num_bytes };
  const report = { config: "default", splits: [split], features, legacy_features };
  const infos = describe([given.compat === true ? old(report, bytes) : report], {});
  if (given.compat === true) Object.assign(infos.default as object, { size_in_bytes: bytes });
  if (given.out !== undefined) {
    await writeFiles([[given.out, `${JSON.stringify(infos, null, 2)}\n`]], given.overwrite ?? false);
  }
  return infos;
}

function old(report: DatasetReport, bytes: number): DatasetReport {
  const [first] = report.features as { name: string }[];
  const known = first === undefined ? {} : { [first.name]: { dtype: "string", _type: "Value" } };
  return {
    ...report,
    features: first === undefined ? [] : [first],
    legacy_features: known,
    splits: report.splits.map((split) => ({ ...split, num_bytes: bytes })),
  };
}
