import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { columnsOf, readBatches } from "../api/index.ts";
import { ALIASES } from "../cli/aliases/index.ts";
import { COMMANDS, findCommand } from "../cli/registry.ts";
import { findStep } from "../steps/index.ts";
import { addon, expectFailure, gristmill, root } from "./cli-process.ts";
import { runCommand } from "./run-command.ts";

const work = mkdtempSync(join(tmpdir(), "gm-alias-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function folder(files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(work, "in-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const batch of readBatches(path)) rows.push(...batch.rows());
  return rows;
}

/** A dialogue of these messages, the user first. */
function dialogue(...messages: string[]): string {
  const turns = messages.map((message, i) => `<|im_start|>${i % 2 === 0 ? "user" : "assistant"}\n${message}<|im_end|>`);
  return `${turns.join("\n")}<|end_of_text|>`;
}

function csv(header: string, ...rows: string[][]): string {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `${[header, ...rows.map((row) => row.map(cell).join(","))].join("\n")}\n`;
}

describe("the table of aliases", () => {
  it("hides no command and names each program once", () => {
    const names = ALIASES.flatMap(({ name, also = [] }) => [name, ...also]);
    expect(new Set(names).size).toBe(names.length);
    expect(COMMANDS.map(({ name }) => name).filter((name) => names.includes(name))).toEqual([]);
  });

  it("stands for steps that exist, and does the work of the step of the same name", () => {
    for (const { name, step } of ALIASES) {
      if (step !== undefined) expect(findStep(step)?.name, name).toBe(step);
      const own = findStep(name);
      if (own !== undefined) expect(own.name, name).toBe(step);
    }
  });

  it.each(ALIASES.map(({ name }) => name))("%s is explained in docs/from-mookiezi.md", (name) => {
    expect(readFileSync(join(root, "docs/from-mookiezi.md"), "utf8")).toContain(`gristmill ${name} `);
  });

  it.each(ALIASES.map(({ name }) => name))("%s has help with examples and both ways to name a file", async (name) => {
    const { stdout } = await runCommand(name, "--help");
    expect(stdout).toContain("Examples:");
    expect(stdout).toMatch(/-p, --path, --in|--path/);
    expect(stdout).toContain("[FILE...]");
  });

  it("keeps the options of the step beside the old flags", async () => {
    const command = await findCommand("dedupe");
    expect(Object.keys(command?.options ?? {})).toEqual(expect.arrayContaining(["by", "path", "parity", "trace"]));
  });
});

describe.skipIf(!addon)("mistakes on the command line of an alias", () => {
  it("a wrong flag: the nearest one", async () => {
    expectFailure(await gristmill(["dedupe", "-p", "x.csv", "--paritty"]), 2, "GM_CLI_USAGE");
    const { stderr } = await gristmill(["fixend", "-p", "x.csv", "--no-count-frist"]);
    expect(stderr).toContain("did you mean --no-count-first?");
  });

  it("no file, a missing file, an empty folder", async () => {
    expectFailure(await gristmill(["dropcols"]), 2, "GM_CLI_USAGE");
    expectFailure(await gristmill(["fixend", "-p", join(work, "nothing.csv")]), 3, "GM_PLAN_NO_INPUT");
    expectFailure(await gristmill(["combineall", "-p", folder(), "-o", join(work, "c.csv")]), 3, "GM_PLAN_NO_INPUT");
  });

  it("a result that is there stays as it is", async () => {
    const path = folder({ "a.csv": csv("text", ["x"]), "a_pure.csv": "mine" });
    expectFailure(await gristmill(["dropcols", "-p", join(path, "a.csv")]), 5, "GM_RUN_OUTPUT_EXISTS");
    expect(readFileSync(join(path, "a_pure.csv"), "utf8")).toBe("mine");
    expect((await gristmill(["dropcols", "-p", join(path, "a.csv"), "--overwrite"])).code).toBe(0);
    expect(readFileSync(join(path, "a_pure.csv"), "utf8")).toBe("text\nx\n");
  });

  it("split: a part that is there stops all of them", async () => {
    const path = folder({ "a.csv": csv("n", ["1"], ["2"]), "2/split.csv": "mine" });
    expectFailure(await gristmill(["split", "-p", join(path, "a"), "-s", "2"]), 5, "GM_RUN_OUTPUT_EXISTS");
    expect(readdirSync(path).sort()).toEqual(["2", "a.csv"]);
  });
});

describe.skipIf(!addon)("what the old programs did wrong", () => {
  it("split: a bare file name writes beside the file, not to the root directory", async () => {
    const path = folder({ "a.csv": csv("n", ["1"], ["2"], ["3"], ["4"]) });
    expect((await gristmill(["split", "-p", "a", "-s", "3"], { cwd: path })).code).toBe(0);
    const parts = ["1", "2", "3"].map((part) => readFileSync(join(path, part, "split.csv"), "utf8"));
    expect(parts).toEqual(["n\n1\n2\n", "n\n3\n4\n", "n\n"]);
  });

  it("combineall: columns are joined by name, whatever their order", async () => {
    const path = folder({ "d/1.csv": csv("a,b", ["a1", "b1"]), "d/2.csv": csv("b,a", ["b2", "a2"]) });
    await runCommand("combineall", "-p", join(path, "d"), "-o", join(path, "all.csv"));
    expect(readFileSync(join(path, "all.csv"), "utf8")).toBe("a,b\na1,b1\na2,b2\n");
  });

  it("combineall: a missing column is an error unless it is allowed", async () => {
    const path = folder({ "d/1.csv": csv("a,b", ["a1", "b1"]), "d/2.csv": csv("a", ["a2"]) });
    const args = ["-p", join(path, "d"), "-o", join(path, "all.csv")];
    await expect(runCommand("combineall", ...args)).rejects.toMatchObject({ code: "GM_PLAN_UNEVEN_COLUMNS" });
    expect(existsSync(join(path, "all.csv"))).toBe(false);
    await runCommand("combineall", ...args, "--allow-missing");
    expect(readFileSync(join(path, "all.csv"), "utf8")).toBe("a,b\na1,b1\na2,\n");
  });

  it("combineall and filterturns: the words NA, null, None and nan stay words", async () => {
    const words = ["NA", "null", "None", "nan", "N/A"];
    const text = csv("text,note", ...words.map((word) => [dialogue("a", word), word]));
    const path = folder({ "d/1.csv": text, "d/2.csv": text });
    await runCommand("combineall", "-p", join(path, "d"), "-o", join(path, "all.csv"));
    await runCommand("filterturns", "-p", join(path, "all.csv"), "-min", "2", "-max", "9", "--no-chart");
    const rows = await rowsOf(join(path, "all2to9.csv"));
    expect(rows.map((row) => row.note)).toEqual([...words, ...words]);
    expect(rows[0]?.text).toBe(dialogue("a", "NA"));
  });

  it("filterturns: the most turns may be left out", async () => {
    const rows = [["a"], ["a", "b"], ["a", "b", "c"]].map((messages) => [dialogue(...messages)]);
    const path = folder({ "a.csv": csv("text", ...rows) });
    await runCommand("filterturns", "-p", join(path, "a.csv"), "-min", "2");
    expect(await rowsOf(join(path, "a2plus.csv"))).toHaveLength(2);
    expect(readFileSync(join(path, "a2plus.png")).subarray(1, 4).toString()).toBe("PNG");
  });

  it("dropcols: a column that is not there is no fault, and bad lines are counted", async () => {
    const path = folder({ "a.csv": 'text,id\n"x",1\n"y\xff",2,3,4\n' });
    const { stdout } = await runCommand("dropcols", "-p", join(path, "a.csv"), "--json");
    const { steps, rows } = JSON.parse(stdout) as { rows: number; steps: { name: string; quarantined: number }[] };
    expect([rows, steps[0]?.quarantined]).toEqual([1, 1]);
    expect(await columnsOf(join(path, "a_pure.csv"))).toEqual(["text"]);
  });

  it("dedupe: unrelated dialogues that end alike stay; variants of one reply go, the longest stays", async () => {
    const texts = [
      dialogue("how do I mount it", "thanks"),
      dialogue("what is a kernel", "thanks"),
      dialogue("where is it", "there"),
      dialogue("where is it", "over there, behind the shed"),
      dialogue("how do I mount it", "thanks"),
    ];
    const path = folder({ "a.csv": csv("text", ...texts.map((text) => [text])) });
    await runCommand("dedupe", "-p", join(path, "a.csv"));
    const kept = (await rowsOf(join(path, "a_deduped.csv"))).map((row) => texts.indexOf(String(row.text)));
    expect(kept).toEqual([0, 1, 3]);
    await runCommand("dedupe", "-p", join(path, "a.csv"), "--parity", "--overwrite");
    const old = (await rowsOf(join(path, "a_deduped.csv"))).map((row) => texts.indexOf(String(row.text)));
    expect(old).toEqual([0, 2, 3]);
  });

  it("dedupe: the longest last message is found by tokens, from CSV as from Parquet", async () => {
    const [short, long] = [dialogue("q", "a long one by characters"), dialogue("q", "short")];
    const path = folder({ "a.csv": csv("text,tokens", [short, "10"], [long, "20"]) });
    await runCommand("par", "-p", join(path, "a.csv"));
    for (const ending of ["csv", "parquet"]) {
      await runCommand("dedupe", "-p", join(path, `a.${ending}`));
      expect((await rowsOf(join(path, `a_deduped.${ending}`))).map((row) => row.text)).toEqual([long]);
      await runCommand("dedupe", "-p", join(path, `a.${ending}`), "--by", "prefix", "--overwrite");
      expect((await rowsOf(join(path, `a_deduped.${ending}`))).map((row) => row.text)).toEqual([long]);
    }
  });

  async function fixed(ends: string[], ...more: string[]): Promise<unknown[]> {
    const path = folder({ "a.csv": csv("text", ...ends.map((end) => [dialogue("a", end)])) });
    await runCommand("fixend", "-p", join(path, "a.csv"), ...more);
    return (await rowsOf(join(path, "a_fixed.csv"))).map((row) => row.text);
  }

  it("fixend: emoticons keep their colon", async () => {
    const want = ["D:", "hi", ">:", "hi ::"].map((end) => dialogue("a", end));
    expect(await fixed(["D:", "hi:", ">:", "hi ::"])).toEqual(want);
    expect(await fixed(["D:"], "--parity")).toEqual([dialogue("a", "D")]);
  });

  it("fixend: an empty turn keeps the line end after its role", async () => {
    expect(await fixed([""])).toEqual([dialogue("a", "")]);
    expect(await fixed([""], "--parity")).toEqual([dialogue("a", "").replace("assistant\n", "assistant")]);
  });

  it("stats: --max-rows is exact", async () => {
    const path = folder({ "a.csv": csv("text", ...Array.from({ length: 9 }, () => [dialogue("q", "a")])) });
    await runCommand("stats", "-p", join(path, "a.csv"), "-b", "4", "--max-rows", "3");
    expect(await rowsOf(join(path, "a_stats.csv"))).toHaveLength(3);
  });

  it("stats: assistant turns are counted, not copied", async () => {
    const rows = [["q", "a"], ["q", "a", "q", "a"], ["q"]].map((messages) => [dialogue(...messages), "77"]);
    const path = folder({ "a.csv": csv("text,assistant_turns", ...rows) });
    await runCommand("stats", "-p", join(path, "a.csv"));
    const got = await rowsOf(join(path, "a_stats.csv"));
    expect(got.map((row) => row.assistant_turns)).toEqual(["1", "2", "0"]);
    expect(await columnsOf(join(path, "a_stats.csv"))).toEqual([
      "text",
      "tokens",
      "turns",
      "assistant_turns",
      "characters",
      "words",
    ]);
  });

  it("stats: a file alone is looked at and nothing is written", async () => {
    const path = folder({ "a.csv": csv("text,tokens", [dialogue("q", "a"), "9"]) });
    const { stdout } = await runCommand("stats", join(path, "a.csv"));
    expect(stdout).toContain("mean: 9.0");
    expect(stdout).toContain("2                  1");
    expect(readdirSync(path)).toEqual(["a.csv"]);
    const bare = folder({ "b.csv": csv("text", ["one two three"], ["one"]) });
    expect((await runCommand("stats", join(bare, "b.csv"))).stdout).toContain("sum: 4\n");
  });

  it("tokens: texts beyond the last bin have one of their own", async () => {
    const path = folder({ "a.csv": csv("text,tokens", ["x", "5000"], ["y", "4096"], ["z", "7"]) });
    await runCommand("tokens", "-p", join(path, "a.csv"));
    const text = readFileSync(join(path, "a_tokenstats.txt"), "utf8");
    expect(text).toContain("  bin_2048-4096: 1\n  bin_4096+: 1\n");
    await runCommand("tokens", "-p", join(path, "a.csv"), "--parity", "--overwrite");
    expect(readFileSync(join(path, "a_tokenstats.txt"), "utf8")).not.toContain("4096+");
  });

  it("tokens: counts with a tokenizer where there is no column of counts", async () => {
    const path = folder({ "a.csv": csv("text", ["one two three"], ["one"]) });
    await expect(runCommand("tokens", "-p", join(path, "a.csv"))).rejects.toMatchObject({
      code: "GM_RECIPE_MISSING_COLUMN",
    });
    await runCommand("tokens", "-p", join(path, "a.csv"), "-m", "words");
    expect(readFileSync(join(path, "a_tokenstats.txt"), "utf8")).toContain("  sum: 4\n");
  });

  it("par: a row with no number where one should be is set aside and told", async () => {
    const path = folder({ "a.csv": csv("text,tokens,id", ["x", "3", "007"], ["y", "many", "008"]) });
    const { stdout } = await runCommand("par", "-p", join(path, "a.csv"), "--json");
    const { steps } = JSON.parse(stdout) as { steps: { name: string; quarantined: number }[] };
    expect(steps.find(({ name }) => name === "cast")?.quarantined).toBe(1);
    expect(await rowsOf(join(path, "a.parquet"))).toEqual([{ text: "x", tokens: 3, id: "007" }]);
  });

  it("sortpar: equal scores keep their order", async () => {
    const texts = Array.from({ length: 500 }, (_, i) => dialogue("q", `a${String(i).padStart(3, "0")}`));
    const path = folder({ "a.csv": csv("text", ...texts.map((text) => [text])) });
    await runCommand("sortpar", "-p", join(path, "a.csv"));
    expect((await rowsOf(join(path, "a_sort.parquet"))).map((row) => row.text)).toEqual(texts);
  });

  it("finaltouch: char_count goes, as its documentation said", async () => {
    const path = folder({ "a.csv": csv("text,tokens,assistant_turns,char_count", ["x", "1", "1", "1"]) });
    await runCommand("finaltouch", "-p", join(path, "a.csv"));
    expect(await columnsOf(join(path, "train.parquet"))).toEqual(["text", "tokens"]);
  });

  it("parjson: every column with its type, and true sizes", async () => {
    const path = folder({ "a.csv": csv("text,tokens", ...Array.from({ length: 999 }, () => ["same text", "2"])) });
    await runCommand("par", "-p", join(path, "a.csv"));
    await runCommand("parjson", "-p", join(path, "a.parquet"));
    const read = () => JSON.parse(readFileSync(join(path, "dataset_infos.json"), "utf8")) as Record<string, Infos>;
    const { features, splits, download_size, dataset_size } = read().default as Infos;
    expect(Object.entries(features)).toEqual([
      ["text", { dtype: "string", _type: "Value" }],
      ["tokens", { dtype: "int64", _type: "Value" }],
    ]);
    expect(splits.train).toMatchObject({ num_examples: 999, num_bytes: dataset_size });
    expect(download_size).toBe(readFileSync(join(path, "a.parquet")).length);
    expect(dataset_size).toBeGreaterThan(download_size);
    await expect(runCommand("parjson", "-p", join(path, "a.parquet"))).rejects.toMatchObject({ kind: "exists" });
    await runCommand("parjson", "-p", join(path, "a.parquet"), "-y");
  });
});

interface Infos {
  features: Record<string, unknown>;
  splits: Record<string, { num_bytes: number; num_examples: number }>;
  download_size: number;
  dataset_size: number;
}

describe.skipIf(!addon)("folders and formats", () => {
  it("a folder is one table: Parquet files first, then CSV, each sorted", async () => {
    const path = folder({
      "d/b.csv": csv("text,n", ["x", "b"]),
      "d/a.csv": csv("text,n", ["x", "a"]),
      "d/README.md": "no table",
    });
    await runCommand("par", "-p", join(path, "d/a.csv"), "-o", join(path, "d/z.parquet"));
    await runCommand("fixend", join(path, "d"));
    expect((await rowsOf(join(path, "d_fixed.parquet"))).map((row) => row.n)).toEqual(["a", "a", "b"]);
  });

  it("tos: text columns are found, old flags are taken, order stays", async () => {
    const rows = Array.from({ length: 50 }, (_, i) => [`${i}`, `mail me at a${i}@example.org`]);
    const path = folder({ "a.csv": csv("n,content", ...rows) });
    await runCommand("tos", "--in", join(path, "a.csv"), "--action", "redact", "--workers", "4", "--batch", "9");
    const got = await rowsOf(join(path, "a_clean.csv"));
    expect(got.map((row) => row.n)).toEqual(rows.map(([n]) => n));
    expect(got[7]?.content).toBe("mail me at [REDACTED]");
  });

  it("tos --explain: what would be done is printed, nothing is written", async () => {
    const path = folder({ "a.csv": csv("n,content", ["1", "fine"], ["2", "mail me at a@example.org"]) });
    const printed = (await runCommand("tos", join(path, "a.csv"), "--explain")).stdout;
    expect(printed).toMatch(/a\.csv:\d+ {2}category=pii {2}rule=email .*match="a@example\.org" .*action=redact\n/);
    expect(readdirSync(path)).toEqual(["a.csv"]);
    await runCommand("tos", join(path, "a.csv"), "--explain", "-o", join(path, "b.jsonl"));
    expect((await rowsOf(join(path, "b.jsonl"))).map(({ tos }) => (tos as unknown[]).length)).toEqual([0, 1]);
  });

  it("smartclean: dump.csv of a folder to done.csv and what led to it", async () => {
    const good = dialogue("how do I mount a disk here?", "thx, use the mount command");
    const path = folder({
      "dump.csv": csv(
        "id,text,assistant_turns",
        ["1", good, "1"],
        ["2", dialogue("same\nsame", "what?"), "1"],
        ["3", good.replace("assistant", "user"), "0"],
      ),
    });
    await runCommand("smartclean", "-f", path);
    const [done] = await rowsOf(join(path, "done.csv"));
    expect(await columnsOf(join(path, "done.csv"))).toEqual(["text", "tokens", "id", "assistant_turns"]);
    expect(done?.text).toContain("thanks");
    expect(await rowsOf(join(path, "bad.csv"))).toEqual([
      { reason: "DUPLICATE_LINES_ONLY", id: "2", text: dialogue("same\nsame", "what?"), assistant_turns: "1" },
    ]);
    const [invalid] = await rowsOf(join(path, "invalid.csv"));
    expect(invalid?.reason).toMatch(/^\d+: turn 1 expected assistant, got user — <\|im_start\|>user how do I/);
    expect(invalid?.id).toBe("3");
    const [change] = await rowsOf(join(path, "changes.csv"));
    expect(change).toMatchObject({ column: "text", original: good, cleaned: done?.text });
    expect(change?.row).toMatch(/^dump\.csv:\d+$/);
    expect((await rowsOf(join(path, "trimmed.csv"))).map((row) => row.id)).toEqual(["1", "3"]);
    expect((await rowsOf(join(path, "resampled.csv"))).every((row) => Number(row.tokens) > 0)).toBe(true);
  });

  it("smartclean: a cut by number of rows, and without the files in between", async () => {
    const path = folder({
      "a.csv": csv("text", [dialogue("a short one", "it is")], [dialogue("a longer one", "it is, as you can see")]),
    });
    await runCommand("smartclean", join(path, "a.csv"), "--target", "1", "--no-stages", "--no-slang");
    expect((await rowsOf(join(path, "done.csv"))).map((row) => String(row.text).includes("longer"))).toEqual([true]);
    expect(readdirSync(path).sort()).toEqual(["a.csv", "bad.csv", "changes.csv", "done.csv", "invalid.csv"]);
  });

  it("--rejects writes the dropped rows whole, from any step and format", async () => {
    const path = folder({ "a.csv": csv("text,tokens", [dialogue("a"), "7"], [dialogue("a", "b"), "8"]) });
    await runCommand("par", "-p", join(path, "a.csv"));
    const [out, rejects] = [join(path, "out.parquet"), join(path, "rejects.parquet")];
    await runCommand("min_turns", join(path, "a.parquet"), "-o", out, "--min", "2", "--rejects", rejects);
    expect(await rowsOf(rejects)).toEqual([{ reason: "too_few_turns", text: dialogue("a"), tokens: 7 }]);
    const twice = folder({ "a.csv": csv("text,n", ["x", "1"], ["x", "2"]) });
    await runCommand(
      "dedupe",
      ...[join(twice, "a.csv"), "-o", join(twice, "o.csv"), "--by", "exact", "--rejects", join(twice, "r.csv")],
    );
    expect(await rowsOf(join(twice, "r.csv"))).toEqual([{ reason: "duplicate_text", text: "x", n: "2" }]);
  });

  it("filter and chains: from messages to dialogues", async () => {
    const header = "message_id,message_reference_message_id,guild_id,channel_id,author_id,author_bot,content,timestamp";
    const row = (id: string, to: string, author: string, content: string) => [
      id,
      to,
      "1",
      "2",
      author,
      "false",
      content,
      "2024-01-01T00:00:00.000Z",
    ];
    const path = folder({
      "messages.csv": csv(header, row("10", "", "a", "which kernel is it?"), row("11", "10", "b", "the new one")),
    });
    await runCommand("filter", join(path, "messages.csv"));
    await runCommand("chains", join(path, "filter.csv"));
    const [dump] = await rowsOf(join(path, "dump.csv"));
    expect(dump).toMatchObject({ text: dialogue("which kernel is it?", "the new one"), assistant_turns: "1" });
  });
});
