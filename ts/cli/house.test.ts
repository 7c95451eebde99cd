import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const ts = join(root, "ts");

/** Folders that a folder of `ts/` may import from, besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  cli: ["api", "run", "plan", "recipe", "steps", "sources", "outputs", "report", "native"],
  api: ["run", "plan", "recipe", "steps", "sources", "outputs", "report", "discord", "store", "native"],
  // The bot's spool is locked, and its state replaced, in the way of a build's folder.
  discord: ["run", "store", "native"],
  report: ["run", "plan", "outputs", "steps", "native"],
  run: ["plan", "recipe", "steps", "sources", "outputs", "native"],
  plan: ["recipe", "steps", "sources", "outputs", "store", "native"],
  recipe: ["steps", "sources", "outputs", "native"],
  outputs: ["steps", "native"],
  sources: ["steps", "native"],
  steps: ["native"],
  store: ["native"],
  native: [],
};

function sources(): string[] {
  return readdirSync(ts, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(ts, path).startsWith(`test${sep}`));
}

function imports(path: string): string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"]+)"/g)].flatMap(([, target]) => target ?? []);
}

describe("who may import whom", () => {
  it("arrows between the folders of ts/ go one way", () => {
    const wrong: string[] = [];
    for (const path of sources()) {
      const [from = ""] = relative(ts, path).split(sep);
      for (const target of imports(path).filter((name) => name.startsWith("."))) {
        const [to = ""] = relative(ts, resolve(dirname(path), target)).split(sep);
        if (to !== from && ALLOWED[from]?.includes(to) !== true) wrong.push(`${relative(root, path)} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(sources().length).toBeGreaterThan(50);
  });

  it("only ts/native names the addon", () => {
    const named = sources().filter((path) =>
      /["'`][^"'`\n]*bindings\/(?:index\.js|[^"'`\n]*\.node)["'`]/.test(readFileSync(path, "utf8")),
    );
    expect(named.map((path) => relative(ts, path).split(sep)[0]).filter((folder) => folder !== "native")).toEqual([]);
    expect(named).not.toEqual([]);
  });

  it("crates import the core and never each other; napi stays in gristmill-node", async () => {
    const { stdout } = await promisify(execFile)(
      "cargo",
      ["metadata", "--format-version", "1", "--no-deps", "--offline"],
      {
        cwd: root,
        maxBuffer: 1 << 26,
      },
    );
    const metadata = JSON.parse(stdout) as {
      packages: { name: string; manifest_path: string; dependencies: { name: string; kind: string | null }[] }[];
    };
    const wrong: string[] = [];
    // The Rust benchmark drives the same crates without Node: like the binding it stands above them.
    const crates = metadata.packages.filter(
      ({ manifest_path }) => dirname(dirname(manifest_path)) === join(root, "crates"),
    );
    for (const { name, dependencies } of crates) {
      for (const dependency of dependencies.filter(({ kind }) => kind !== "dev")) {
        const sibling = dependency.name.startsWith("gristmill-") && dependency.name !== "gristmill-core";
        if (name !== "gristmill-node" && (sibling || dependency.name.startsWith("napi"))) {
          wrong.push(`${name} -> ${dependency.name}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(crates.length).toBeGreaterThan(5);
  });
});
