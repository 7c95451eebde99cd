import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { GristmillError } from "../native/index.ts";

const SHARD = /\.mds(\.(gz|zst|zstd|bz2))?$/;
/** Far more than any index: ten thousand shards make some megabytes. */
const LARGEST_INDEX = 256 * 1024 * 1024;

interface Shard {
  raw_data?: { basename?: unknown } | null;
  zip_data?: { basename?: unknown } | null;
}

/**
 * Files of a folder that are read with another one of it, so no inputs of their own: places of rows, indexes, and
 * shards that lie there plain as well. `wanted`: the files asked for; who asks for an index alone gets it. `shards`:
 * whether shards of streaming data sets are looked for.
 *
 * @throws GristmillError when a shard that an index tells of is not there.
 */
export function companions(
  folder: string,
  names: readonly string[],
  wanted: ReadonlySet<string>,
  shards: boolean,
): Set<string> {
  const beside = [...wanted].filter((name) => {
    const plain = name.replace(SHARD, ".mds");
    return (
      (name.endsWith(".offsets.npy") && wanted.has(name.replace(/\.offsets\.npy$/, ".npy"))) ||
      (name.endsWith(".idx") && wanted.has(name.replace(/\.idx$/, ".bin"))) ||
      (plain !== name && wanted.has(plain))
    );
  });
  const all = new Set(names);
  if (shards && all.has("index.json") && names.some((name) => SHARD.test(name))) {
    const told = shardsOf(join(folder, "index.json"), all);
    beside.push("index.json", ...names.filter((name) => SHARD.test(name) && !told.has(name)));
  }
  return new Set(beside);
}

/** Names of the shards of an index, plain and compressed. */
function shardsOf(index: string, present: ReadonlySet<string>): Set<string> {
  let shards: Shard[];
  try {
    if (statSync(index).size > LARGEST_INDEX) throw new Error("it is too large");
    const document = JSON.parse(readFileSync(index, "utf8")) as { shards?: unknown };
    if (!Array.isArray(document.shards)) throw new Error("it has no list of shards");
    shards = document.shards as Shard[];
  } catch (error) {
    throw new GristmillError(
      "GM_PLAN_BAD_INDEX",
      "input",
      `${index} is not the index of a streaming data set: ${error instanceof Error ? error.message : "unreadable"}`,
      "get it again, or name the shards themselves",
      { cause: error },
    );
  }
  const names = new Set<string>();
  for (const shard of shards) {
    const told = [shard?.raw_data?.basename, shard?.zip_data?.basename].filter((name) => typeof name === "string");
    const there = told.filter((one) => present.has(one));
    if (there.length === 0) {
      throw new GristmillError(
        "GM_PLAN_MISSING_SHARD",
        "input",
        `${index} tells of the shard ${told.join(" or ") || "without a name"}, which is not there`,
        "get the shard, or name the shards that are there",
      );
    }
    for (const name of there) names.add(name);
  }
  return names;
}
