import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { native } from "../native/index.ts";
import type { FinishedBuild, ManifestOutput } from "../run/index.ts";
import type {
  CardOptions,
  DatasetReport,
  ReportedInput,
  ReportInput,
  SplitReport,
  TokenFigures,
  TurnFigures,
} from "./input.ts";
import { writeReports } from "./write.ts";

/** The package's own reporter: describes the finished files from their footers and writes card and reports. */
export async function writeCardAndReport(build: FinishedBuild): Promise<string[]> {
  const { manifest, plan } = build;
  const dataset = plan.outputs.find((output) => output.kind === "dataset");
  const input: ReportInput = {
    manifest,
    inputs: inputs(build),
    datasets: describe(build.folder, manifest.outputs),
    card: (dataset?.options.card ?? {}) as CardOptions,
    tokens: await figures<TokenFigures>(build, "token_report"),
    turns: await figures<TurnFigures>(build, "turn_table"),
  };
  return writeReports(build.folder, input, build.out);
}

/** Names below the source's root; the absolute paths of the machine stay out of reports. */
function inputs({ manifest, plan }: FinishedBuild): ReportedInput[] {
  const known = new Map(
    plan.sources.flatMap((source) =>
      source.files.map((file) => [
        source.store === undefined ? file.path : `${source.store}#${file.name}`,
        { name: file.name, source: source.kind },
      ]),
    ),
  );
  return manifest.inputs.map(({ path, bytes, sha256 }) => ({
    ...(known.get(path) ?? { name: basename(path), source: "file" }),
    bytes,
    sha256,
  }));
}

const SHARD = /^data\/(?<split>\w+)-\d{5}-of-\d{5}\.parquet$/;

/** The data set's one configuration, from the Parquet footers: a card must never contradict its files. */
function describe(folder: string, outputs: readonly ManifestOutput[]): DatasetReport[] {
  const files = new Map<string, string[]>();
  for (const { path } of outputs) {
    const split = SHARD.exec(path)?.groups?.split;
    if (split !== undefined) files.set(split, [...(files.get(split) ?? []), path]);
  }
  const splits: SplitReport[] = [];
  let features: unknown;
  let legacy: unknown;
  for (const [name, paths] of files) {
    const figures = native.figures(paths.map((path) => join(folder, path)));
    splits.push({ name, files: paths, rows: figures.rows, bytes: figures.bytes, num_bytes: figures.num_bytes });
    features ??= figures.features;
    legacy ??= figures.legacy_features;
  }
  return splits.length === 0 ? [] : [{ config: "default", splits, features, legacy_features: legacy }];
}

/** The result of a fold that the output `token_report` asked for. */
async function figures<T>({ folds }: FinishedBuild, name: string): Promise<T | null> {
  const fold = folds.find((one) => one.step === "token_report" && one.name === name);
  return fold === undefined ? null : (JSON.parse(await readFile(fold.path, "utf8")) as T);
}
