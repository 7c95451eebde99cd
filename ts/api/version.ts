import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the package: the folder with `package.json`. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(from: string): string {
  if (existsSync(join(from, "package.json"))) return from;
  const up = dirname(from);
  return up === from ? from : findRoot(up);
}

const known: { version?: string; code?: string } = {};

/** Version of the package. */
export function version(): string {
  known.version ??= (
    JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string }
  ).version;
  return known.version;
}

/**
 * Version of the code for plans: the package's version, and in a development tree a hash of the addon and of the
 * TypeScript that runs, so that no edit meets parts made before it.
 */
export function codeVersion(): string {
  known.code ??= hashOfCode();
  return known.code;
}

function hashOfCode(): string {
  if (!existsSync(join(packageRoot, "crates"))) return version();
  const own = dirname(dirname(fileURLToPath(import.meta.url)));
  const hash = createHash("sha256");
  for (const path of [...files(own, /(?<!\.test|\.d)\.(ts|js)$/), ...files(join(packageRoot, "bindings"), /\.node$/)]) {
    hash.update(relative(packageRoot, path)).update("\0").update(readFileSync(path)).update("\0");
  }
  return `${version()}+${hash.digest("hex").slice(0, 16)}`;
}

function files(folder: string, wanted: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
