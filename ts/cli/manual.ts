/** Writes the reference manual from the registries; `--check` fails when it is stale. Run by `npm run manual`. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { manualPages } from "./manual-pages.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../docs/manual");
const pages = manualPages();
const check = process.argv.includes("--check");
if (!check) mkdirSync(folder, { recursive: true });
const there = names();
const stale = [
  ...there.filter((name) => !pages.has(name)),
  ...[...pages].filter(([name, text]) => read(name) !== text).map(([name]) => name),
];
if (check && stale.length > 0) {
  process.stderr.write(`docs/manual is stale: ${stale.join(", ")}; run npm run manual\n`);
  process.exitCode = 1;
} else if (!check) {
  for (const name of there) if (!pages.has(name)) rmSync(join(folder, name));
  for (const [name, text] of pages) writeFileSync(join(folder, name), text);
}

function names(): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(name: string): string | null {
  return there.includes(name) ? readFileSync(join(folder, name), "utf8") : null;
}
