/** The registry: every output the package knows, one line each. */
import { dataset } from "./dataset.ts";
import { file } from "./file.ts";
import { knownRows } from "./known-rows.ts";
import { mds } from "./mds.ts";
import { megatron } from "./megatron.ts";
import { numpy } from "./numpy.ts";
import type { OutputDefinition } from "./output.ts";
import { split } from "./split.ts";
import { tokenReport } from "./token-report.ts";

export { formatOfPath, writerOfPath } from "./file.ts";
export type * from "./output.ts";
export { splitsInOrder } from "./shards.ts";

export const OUTPUTS: readonly OutputDefinition[] = [
  dataset,
  file,
  split,
  numpy,
  megatron,
  mds,
  knownRows,
  tokenReport,
];

/** The output of that name or alias; `-` and `_` are the same. */
export function findOutput(nameOrAlias: string): OutputDefinition | undefined {
  const name = nameOrAlias.replaceAll("-", "_");
  return OUTPUTS.find((output) => output.name === name || output.aliases.includes(name));
}
