import type { CardOptions, DatasetReport, ReportInput, SplitReport } from "./input.ts";

/** The legacy `dataset_infos.json`: one entry per configuration, read by loaders that ignore the README. */
export function renderDatasetInfos(input: ReportInput): string {
  return `${JSON.stringify(datasetInfos(input.datasets, input.card), null, 2)}\n`;
}

/** What stands in it. */
export function datasetInfos(datasets: readonly DatasetReport[], card: CardOptions): Record<string, unknown> {
  return Object.fromEntries(datasets.map((dataset) => [dataset.config, info(dataset, card)]));
}

function info(dataset: DatasetReport, card: CardOptions): Record<string, unknown> {
  const download = total(dataset.splits, "bytes");
  const size = total(dataset.splits, "num_bytes");
  return {
    description: card.description ?? "",
    citation: "",
    homepage: "",
    license: card.license ?? "",
    features: inOrder(dataset),
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

/** The features in the order of the columns, which loaders go by. */
function inOrder({ features, legacy_features }: DatasetReport): unknown {
  if (!Array.isArray(features) || typeof legacy_features !== "object" || legacy_features === null)
    return legacy_features;
  const known = legacy_features as Record<string, unknown>;
  const names = features.map((feature: { name?: unknown }) => String(feature.name)).filter((name) => name in known);
  return names.length === Object.keys(known).length
    ? Object.fromEntries(names.map((name) => [name, known[name]]))
    : legacy_features;
}
