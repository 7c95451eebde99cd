import type { DatasetReport, ReportInput, SplitReport } from "./input.ts";

/** The legacy `dataset_infos.json`: one entry per configuration, read by loaders that ignore the README. */
export function renderDatasetInfos(input: ReportInput): string {
  const entries = input.datasets.map((dataset) => [dataset.config, info(dataset, input)]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function info(dataset: DatasetReport, input: ReportInput): Record<string, unknown> {
  const download = total(dataset.splits, "bytes");
  const size = total(dataset.splits, "num_bytes");
  return {
    description: input.card.description ?? "",
    citation: "",
    homepage: "",
    license: input.card.license ?? "",
    features: dataset.legacy_features,
    splits: Object.fromEntries(
      dataset.splits.map((split) => [
        split.name,
        {
          name: split.name,
          num_bytes: split.num_bytes,
          num_examples: split.rows,
          dataset_name: dataset.config,
        },
      ]),
    ),
    download_size: download,
    dataset_size: size,
    size_in_bytes: download + size,
  };
}

/** Sum of one figure over the splits. */
export function total(splits: readonly SplitReport[], figure: "rows" | "bytes" | "num_bytes"): number {
  return splits.reduce((sum, split) => sum + split[figure], 0);
}
