import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBatches, runStep } from "../api/index.ts";
import { ALIASES } from "../cli/aliases/index.ts";
import { addon, root } from "./cli-process.ts";
import { runCommand } from "./run-command.ts";

const work = mkdtempSync(join(tmpdir(), "gm-alias-formats-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** What each program is run with besides the input; what is missing here runs with nothing. */
const ARGS: Readonly<Record<string, string[]>> = {
  split: ["-s", "2"],
  filterturns: ["-min", "2", "-max", "9"],
  fixend: ["-bs", "100"],
  stats: ["-m", "words"],
  tokens: ["-m", "words"],
  tos: ["--action", "redact"],
};

/** Which table a program reads: messages, kept messages, or else dialogues. */
const READS: Readonly<Record<string, string>> = { filter: "messages", chains: "kept" };

/** Places of two kinds: a table in one file, and the same table as the files of a folder. */
const PLACES = ["file", "folder"] as const;
const FORMATS = ["csv", "parquet"] as const;

/** Each table whole and in two halves, in both formats. */
beforeAll(async () => {
  if (!addon) return;
  const at = (name: string) => join(work, name);
  const sample = join(root, "fixtures/recipes/discord/export.json.gz");
  await runStep("limit", { inputs: [sample], out: at("messages.csv"), options: { rows: 400 } });
  await runStep("filter_messages", { inputs: [at("messages.csv")], out: at("kept.csv") });
  await runStep("build_dialogues", { inputs: [at("kept.csv")], out: at("plain.csv") });
  await runStep("add_stats", { inputs: [at("plain.csv")], out: at("dialogues.csv") });
  for (const name of ["messages", "kept", "dialogues"]) {
    await runCommand("split", "-p", at(`${name}.csv`), "-s", "2", "-o", at(`${name}-{part}.csv`));
    for (const part of ["", "-1", "-2"]) {
      await runCommand("par", "-p", at(`${name}${part}.csv`), "-o", at(`${name}${part}.parquet`));
    }
  }
});

/** Puts a table called `chats` into a new folder; gives its path. */
async function table(name: string, format: string, place: string): Promise<{ folder: string; path: string }> {
  const folder = mkdtempSync(join(work, "run-"));
  const copy = (from: string, to: string) => runCommand("combineall", "-p", join(work, from), "-o", join(folder, to));
  if (place === "file") {
    await copy(`${name}.${format}`, `chats.${format}`);
    return { folder, path: join(folder, `chats.${format}`) };
  }
  mkdirSync(join(folder, "chats"));
  for (const part of [1, 2]) await copy(`${name}-${part}.${format}`, `chats/${part}.${format}`);
  return { folder, path: join(folder, "chats") };
}

/** All files below a folder by name without the ending of the format, with their rows or text. */
async function made(folder: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(folder, name);
    const stem = name.replace(/\.(csv|parquet)$/, "");
    if (name.startsWith("chats/") || stem === "chats") continue;
    if (name.endsWith(".txt")) found[name] = readFileSync(path, "utf8");
    else if (/\.(png|svg)$/.test(name)) found[name] = readFileSync(path).length > 500;
    else if (stem !== name) found[stem] = await rowsOf(path);
  }
  return found;
}

/** Rows as texts, since CSV knows nothing else; in an order that does not depend on where they were read. */
async function rowsOf(path: string): Promise<string[]> {
  const rows: string[] = [];
  for await (const batch of readBatches(path)) {
    for (const row of batch.rows()) {
      // The number of a changed row tells the file it came from.
      const cells = Object.entries(row).filter(([column]) => column !== "row");
      rows.push(JSON.stringify(cells.map(([column, value]) => [column, `${value ?? ""}`])));
    }
  }
  return rows.sort();
}

describe.skipIf(!addon)("the aliases read CSV and Parquet, a file and a folder", () => {
  it.each(ALIASES.map(({ name }) => name).filter((name) => name !== "parjson"))("%s", async (name) => {
    const results: Record<string, unknown>[] = [];
    for (const format of FORMATS) {
      for (const place of PLACES) {
        const { folder, path } = await table(READS[name] ?? "dialogues", format, place);
        // What is Parquet already needs another name.
        const out = name === "par" ? ["-o", join(folder, "made.parquet")] : [];
        await runCommand(name, "-p", path, ...out, ...(ARGS[name] ?? []));
        results.push(await made(folder));
      }
    }
    const [first, ...others] = results;
    expect(Object.keys(first ?? {}).length).toBeGreaterThan(0);
    for (const other of others) expect(other).toEqual(first);
  });

  it("parjson describes Parquet, and says what to do about CSV", async () => {
    for (const place of PLACES) {
      const { folder, path } = await table("dialogues", "parquet", place);
      await runCommand("parjson", "-p", path);
      const infos = JSON.parse(readFileSync(join(folder, "dataset_infos.json"), "utf8")) as {
        default: { splits: { train: { num_examples: number } } };
      };
      expect(infos.default.splits.train.num_examples).toBeGreaterThan(20);
    }
    const { path } = await table("dialogues", "csv", "file");
    await expect(runCommand("parjson", "-p", path)).rejects.toMatchObject({ kind: "input" });
  });

  it("smartclean takes the dump of a folder, whatever its format", async () => {
    const results: unknown[] = [];
    for (const format of FORMATS) {
      const folder = mkdtempSync(join(work, "dump-"));
      await runCommand("combineall", "-p", join(work, `dialogues.${format}`), "-o", join(folder, `dump.${format}`));
      await runCommand("smartclean", "-f", folder);
      results.push(await made(folder));
    }
    expect(results[1]).toEqual(results[0]);
    expect(Object.keys(results[0] as object)).toEqual(
      ["bad", "changes", "done", "dump", "invalid", "resampled", "slangremoved", "trimmed"].sort(),
    );
  });
});
