import { dirname, join } from "node:path";
import { GristmillError } from "../native/index.ts";
import { type Disk, errnoOf, realDisk, replaceText } from "./disk.ts";
import type { Manifest } from "./manifest.ts";

/** What is in an output folder before a build. */
export interface Found {
  /** The finished build there, if its manifest can be read. */
  manifest: Manifest | null;
  /** Names directly in the folder that gristmill wrote: of a finished build, or of a broken publishing. */
  owned: string[];
  /** All other names. */
  foreign: string[];
}

/** Names that are ours whenever a manifest or the list of owned names stands beside them. */
const OWN_STATE = ".gristmill";

/** The record of names that publishing is about to put into the output folder. */
function ownedPath(out: string): string {
  return join(out, OWN_STATE, "owned.json");
}

/** Writes down what is going to be ours, before the first of it appears. */
export async function recordOwned(disk: Disk, out: string, names: readonly string[]): Promise<void> {
  await replaceText(disk, ownedPath(out), `${JSON.stringify({ format: 1, names: [...names].sort() })}\n`);
}

/** Looks into an output folder. */
export async function lookInto(disk: Disk, out: string): Promise<Found> {
  const manifest = await readManifest(disk, out);
  const owned = new Set<string>(manifest === null ? [] : ["manifest.json", ...topNames(manifest)]);
  for (const name of await readOwned(disk, out)) owned.add(name);
  const names = (await disk.list(out)).filter((name) => name !== OWN_STATE);
  return {
    manifest,
    owned: names.filter((name) => owned.has(name)),
    foreign: names.filter((name) => !owned.has(name)),
  };
}

/** Names directly in the folder that a manifest speaks of. */
export function topNames(manifest: Pick<Manifest, "outputs" | "trace" | "reports">): string[] {
  const paths = [...manifest.outputs, ...manifest.trace].map((file) => file.path);
  return [...new Set([...paths, ...manifest.reports].map((path) => path.split("/")[0] ?? path))].sort();
}

/** The manifest of a finished build; `null` when there is none, or not one of ours. */
export async function readManifest(disk: Disk, out: string): Promise<Manifest | null> {
  const value = await readJson(disk, join(out, "manifest.json"));
  if (typeof value !== "object" || value === null) return null;
  const manifest = value as Partial<Manifest>;
  const whole =
    typeof manifest.build_id === "string" &&
    Array.isArray(manifest.outputs) &&
    Array.isArray(manifest.trace) &&
    Array.isArray(manifest.reports);
  return whole ? (manifest as Manifest) : null;
}

async function readOwned(disk: Disk, out: string): Promise<string[]> {
  const value = await readJson(disk, ownedPath(out));
  if (typeof value !== "object" || value === null || !("names" in value) || !Array.isArray(value.names)) return [];
  return value.names.filter((name): name is string => typeof name === "string");
}

async function readJson(disk: Disk, path: string): Promise<unknown> {
  try {
    return JSON.parse(await disk.readText(path));
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR" || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Refuses a folder that holds something a build must not touch. */
export async function checkFolder(
  disk: Disk,
  found: Found,
  out: string,
  buildId: string,
  overwrite: boolean,
): Promise<void> {
  if (!overwrite && found.manifest !== null && found.manifest.build_id !== buildId) {
    throw exists(`${out} holds the finished build ${found.manifest.build_id} (${found.manifest.name})`);
  }
  if (!overwrite && found.manifest === null && found.foreign.length > 0) {
    throw exists(
      `${out} is not empty: ${found.foreign.slice(0, 3).join(", ")}${found.foreign.length > 3 ? ", …" : ""}`,
    );
  }
  await checkForeign(disk, out, found, overwrite);
}

/** Refuses a folder that no build of any kind could use, before there is a plan. */
export async function checkOut(out: string, overwrite: boolean): Promise<void> {
  const found = await lookInto(realDisk, out);
  await checkFolder(realDisk, found, out, found.manifest?.build_id ?? "", overwrite);
}

const FILES: ReadonlySet<string> = new Set(["README.md", "dataset_infos.json", "report.html", "manifest.json"]);
const FOLDERS: Readonly<Record<string, RegExp>> = {
  data: /^[a-z_]+-\d{5}-of-\d{5}\.[a-z0-9.]+$/,
  trace: /^\d{3}-[a-z0-9_-]+\.parquet$/,
};

/**
 * Refuses names that a build needs and that someone else took. Even `overwrite` replaces no folder with files in it
 * that gristmill would not write.
 */
export async function checkForeign(disk: Disk, out: string, found: Found, overwrite: boolean): Promise<void> {
  const strange: string[] = [];
  for (const name of found.foreign) {
    const pattern = FOLDERS[name];
    if (FILES.has(name) && !overwrite) strange.push(name);
    if (pattern === undefined) continue;
    const inside = await disk.list(join(out, name));
    const unknown = inside.find((one) => !pattern.test(one));
    if (!overwrite || unknown !== undefined) strange.push(unknown === undefined ? name : `${name}/${unknown}`);
  }
  if (strange.length === 0) return;
  throw new GristmillError(
    "GM_RUN_OUTPUT_EXISTS",
    "exists",
    `${strange.join(", ")} in ${out} is in the way and was not written by gristmill`,
    "move it away, or choose another folder with -o",
  );
}

function exists(message: string): GristmillError {
  return new GristmillError(
    "GM_RUN_OUTPUT_EXISTS",
    "exists",
    message,
    "choose another folder with -o, or replace what gristmill wrote there with --overwrite",
  );
}

/** Whether all files of a finished build are there with their recorded sizes. */
export async function isWhole(disk: Disk, out: string, manifest: Manifest): Promise<boolean> {
  for (const file of [...manifest.outputs, ...manifest.trace]) {
    if ((await disk.size(join(out, file.path))) !== file.bytes) return false;
  }
  for (const report of manifest.reports) if ((await disk.size(join(out, report))) === null) return false;
  return true;
}

/** Makes the output folder; fails clearly when a file stands in its way. */
export async function makeOut(disk: Disk, out: string): Promise<void> {
  try {
    await disk.makeFolder(join(out, OWN_STATE));
  } catch (error) {
    const code = errnoOf(error);
    if (code !== "EEXIST" && code !== "ENOTDIR") throw error;
    throw exists(`${out} cannot be a folder: a file is in the way`);
  }
  await disk.syncFolder(dirname(out)).catch(() => undefined);
}
