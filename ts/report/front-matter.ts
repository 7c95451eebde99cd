import { stringify } from "yaml";
import { total } from "./dataset-infos.ts";
import type { CardOptions, DatasetReport, ReportInput, SplitReport } from "./input.ts";

/** The YAML block that opens a data card: what loaders and the Hub read. Ends with its closing line. */
export function renderFrontMatter(input: ReportInput): string {
  const { card, datasets } = input;
  const rows = datasets.reduce((most, dataset) => Math.max(most, total(dataset.splits, "rows")), 0);
  const matter = {
    pretty_name: card.pretty_name ?? input.manifest.name,
    license: license(card),
    language: list(card.language),
    size_categories: datasets.length > 0 ? [sizeCategory(rows)] : undefined,
    task_categories: list(card.task_categories),
    tags: list(card.tags),
    configs: datasets.length > 0 ? datasets.map((dataset, i) => config(dataset, i, datasets.length)) : undefined,
    dataset_info: datasetInfo(datasets),
  };
  return `---\n${stringify(matter, { lineWidth: 0, aliasDuplicateObjects: false })}---\n`;
}

/** The licence of the whole: as declared, or `other` when the sources do not agree. */
export function license(card: CardOptions): string | undefined {
  if (card.license !== undefined) return card.license;
  const named = new Set((card.sources ?? []).map((source) => source.license).filter((name) => name !== undefined));
  return named.size > 1 ? "other" : [...named][0];
}

/** The Hub's bracket for a number of rows. */
export function sizeCategory(rows: number): string {
  const borders: [limit: number, name: string][] = [
    [1e3, "1K"],
    [1e4, "10K"],
    [1e5, "100K"],
    [1e6, "1M"],
    [1e7, "10M"],
    [1e8, "100M"],
    [1e9, "1B"],
    [1e10, "10B"],
    [1e11, "100B"],
    [1e12, "1T"],
  ];
  let below = "";
  for (const [limit, name] of borders) {
    if (rows < limit) return below === "" ? `n<${name}` : `${below}<n<${name}`;
    below = name;
  }
  return "n>1T";
}

function config(dataset: DatasetReport, index: number, count: number): Record<string, unknown> {
  return {
    config_name: dataset.config,
    ...(count > 1 && index === 0 ? { default: true } : {}),
    data_files: dataset.splits.map((split) => ({ split: split.name, path: pattern(split) })),
  };
}

/** A glob for numbered shards, the plain name for a single file without a number. */
function pattern(split: SplitReport): string | string[] {
  const globs = new Set(split.files.map((file) => file.replace(/-\d{5}-of-\d{5}\.[^/]*$/, "-*")));
  const [first, ...more] = [...globs];
  return first !== undefined && more.length === 0 ? first : [...globs];
}

function datasetInfo(datasets: readonly DatasetReport[]): unknown {
  const infos = datasets.map((dataset) => ({
    ...(datasets.length > 1 || dataset.config !== "default" ? { config_name: dataset.config } : {}),
    features: dataset.features,
    splits: dataset.splits.map((split) => ({ name: split.name, num_bytes: split.num_bytes, num_examples: split.rows })),
    download_size: total(dataset.splits, "bytes"),
    dataset_size: total(dataset.splits, "num_bytes"),
  }));
  return infos.length <= 1 ? infos[0] : infos;
}

function list(value: string | readonly string[] | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const items = typeof value === "string" ? [value] : [...value];
  return items.length === 0 ? undefined : items;
}
