/** The registry: every source the package knows, one line each. */
import { arrow } from "./arrow.ts";
import { csv } from "./csv.ts";
import { discord } from "./discord.ts";
import { files } from "./files.ts";
import { json } from "./json.ts";
import { jsonl } from "./jsonl.ts";
import { mds } from "./mds.ts";
import { megatron } from "./megatron.ts";
import { numpy } from "./numpy.ts";
import { parquet } from "./parquet.ts";
import type { SourceDefinition } from "./source.ts";
import { store } from "./store.ts";
import { text } from "./text.ts";

export type * from "./source.ts";

export const SOURCES: readonly SourceDefinition[] = [
  discord,
  store,
  files,
  csv,
  jsonl,
  json,
  parquet,
  arrow,
  text,
  numpy,
  megatron,
  mds,
];

/** The source of that name or alias; `-` and `_` are the same. */
export function findSource(nameOrAlias: string): SourceDefinition | undefined {
  const name = nameOrAlias.replaceAll("-", "_");
  return SOURCES.find((source) => source.name === name || source.aliases.includes(name));
}
