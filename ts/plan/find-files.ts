import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { GristmillError } from "../native/index.ts";
import { nearest, type Position, place } from "../recipe/index.ts";
import { companions } from "./companions.ts";

/** An input file and its name below the source's root. */
export interface FoundFile {
  path: string;
  name: string;
}

const CODECS = new Set(["gz", "zst", "zstd", "bz2"]);
const WILD = /[*?[\]{}]/;

/**
 * The files that paths, folders and globs of a source mean, in a fixed order, each once.
 *
 * @throws GristmillError `GM_PLAN_NO_INPUT` when a path means nothing.
 */
export function findFiles(paths: readonly string[], extensions: readonly string[], at: Position): FoundFile[] {
  const found = new Map<string, FoundFile>();
  for (const path of paths) {
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
      const advice = "download it first, then name the local file";
      throw new GristmillError("GM_PLAN_REMOTE_INPUT", "usage", `${place(at)}: ${path} is not a local path`, advice);
    }
    const here = expand(path, extensions);
    if (here.length === 0) throw missing(path, extensions, at);
    for (const file of here) if (!found.has(file.path)) found.set(file.path, file);
  }
  return distinct([...found.values()]);
}

function expand(path: string, extensions: readonly string[]): FoundFile[] {
  const kind = kindOf(path);
  if (kind === "file" && basename(path) === "index.json" && extensions.includes("mds")) {
    return expand(dirname(path), extensions);
  }
  if (kind === "file") return [{ path, name: basename(path) }];
  const shards = extensions.length === 0 || extensions.includes("mds");
  if (kind === "folder") return below(path, path, (name) => hasExtension(name, extensions), shards);
  const parts = path.split(sep);
  const first = parts.findIndex((part) => /[*?]/.test(part));
  if (first < 0) return [];
  const root = parts.slice(0, first).join(sep) || sep;
  const pattern = globPattern(parts.slice(first).join("/"));
  return kindOf(root) === "folder" ? below(root, root, (name) => pattern.test(name), shards) : [];
}

function kindOf(path: string): "file" | "folder" | null {
  try {
    const stats = statSync(path);
    return stats.isDirectory() ? "folder" : "file";
  } catch {
    return null;
  }
}

/** All files below a folder whose name fits, sorted by name; hidden ones are left out, links followed once. */
function below(
  root: string,
  folder: string,
  fits: (name: string) => boolean,
  shards: boolean,
  open: readonly string[] = [],
): FoundFile[] {
  const real = realpathSync(folder);
  if (open.includes(real)) return [];
  const files: FoundFile[] = [];
  const entries = readdirSync(folder);
  const nameOf = (entry: string): string => relative(root, join(folder, entry)).split(sep).join("/");
  const wanted = new Set(entries.filter((entry) => fits(nameOf(entry))));
  const skipped = companions(folder, entries, wanted, shards);
  for (const entry of entries) {
    if (entry.startsWith(".") || skipped.has(entry)) continue;
    const path = join(folder, entry);
    const kind = kindOf(path);
    const name = nameOf(entry);
    if (kind === "folder") files.push(...below(root, path, fits, shards, [...open, real]));
    else if (kind === "file" && fits(name)) files.push({ path, name });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function hasExtension(name: string, extensions: readonly string[]): boolean {
  if (extensions.length === 0) return true;
  const parts = basename(name).toLowerCase().split(".");
  if (CODECS.has(parts.at(-1) ?? "")) parts.pop();
  return parts.length > 1 && extensions.includes(parts.at(-1) ?? "");
}

/** `*` and `?` inside a name, `**` over folders; everything else stands for itself. */
export function globPattern(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (part) => {
    if (part === "**/") return "(?:[^/]+/)*";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    return part === "?" ? "[^/]" : `\\${part}`;
  });
  return new RegExp(`^${source}$`, "su");
}

/** Row ids are made from names, so two files may not share one: such names grow to the left until they differ. */
export function distinct(files: readonly FoundFile[]): FoundFile[] {
  let named = files.map((file) => ({ ...file }));
  for (;;) {
    const seen = new Map<string, number>();
    for (const { name } of named) seen.set(name, (seen.get(name) ?? 0) + 1);
    if (seen.size === named.length) return named;
    named = named.map((file) => ((seen.get(file.name) ?? 0) > 1 ? { ...file, name: longer(file) } : file));
  }
}

function longer({ path, name }: FoundFile): string {
  const parts = resolve(path).split(sep);
  return parts.slice(-(name.split("/").length + 1)).join("/");
}

function missing(path: string, extensions: readonly string[], at: Position): GristmillError {
  const glob = /[*?]/.test(path);
  const folder = nearestFolder(path);
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch {
    // An unreadable folder has no names to offer.
  }
  const near = WILD.test(basename(path)) ? null : nearest(basename(path), names);
  const offer = folder === dirname(path) && near !== null ? `; did you mean ${join(folder, near)}?` : "";
  const hint =
    folder === dirname(path)
      ? names.length === 0
        ? `${folder} is empty`
        : `files there: ${names.sort().slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}`
      : `the folder ${folder} is there, but nothing of that name below it`;
  if (kindOf(path) === "folder") {
    const wanted = extensions.length === 0 ? "" : `; files looked for: *.${extensions.join(", *.")}`;
    return new GristmillError(
      "GM_PLAN_NO_INPUT",
      "input",
      `${place(at)}: the folder ${path} holds no file that can be read${wanted}`,
      "name the files themselves, or put some there",
    );
  }
  const what = glob ? `no file matches ${path}` : `there is no ${path}`;
  return new GristmillError("GM_PLAN_NO_INPUT", "input", `${place(at)}: ${what}${offer}`, hint);
}

function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (kindOf(folder) !== "folder" && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
