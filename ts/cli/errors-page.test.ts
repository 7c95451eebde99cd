import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Sources that ship: what a user can meet, without tests. */
function shipped(folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension) && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/[\\/](?:tests?|examples|benches|target)[\\/]/.test(path));
}

/** Code literals, in quotation marks or in the brackets of a printed error; what follows `#[cfg(test)]` in a Rust file is no part of the product. */
function codesIn(path: string): string[] {
  const [text = ""] = readFileSync(path, "utf8").split("#[cfg(test)]");
  return [...text.matchAll(/"(?:error\[)?(GM_[A-Z0-9]+(?:_[A-Z0-9]+)*)["\]]/g)].flatMap(([, code]) => code ?? []);
}

describe("docs/errors.md", () => {
  const used = new Set(
    [...shipped("crates", ".rs"), ...shipped("ts", ".ts"), ...shipped("bin", ".js")].flatMap(codesIn),
  );
  const listed = [...readFileSync(join(root, "docs", "errors.md"), "utf8").matchAll(/^\| `(GM_\w+)` \|/gm)].flatMap(
    ([, code]) => code ?? [],
  );

  it("lists every code that can be met", () => {
    expect([...used].filter((code) => !listed.includes(code)).sort()).toEqual([]);
  });

  it("lists no code that is gone, and none twice", () => {
    expect(listed.filter((code, at) => !used.has(code) || listed.indexOf(code) !== at)).toEqual([]);
    expect(listed.length).toBeGreaterThan(50);
  });
});
