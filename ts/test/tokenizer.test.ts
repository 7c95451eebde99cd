import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addon, expectFailure, gristmill } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-tokenizer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEXTS = [
  "the lowest of the low, lower than low",
  "newest newer new, and 12345 times",
  "naïve café, 日本語, 😀 and <|endoftext|>",
  "def f(x):\n    return x + 1\n",
];

type Row = Record<string, unknown>;

function rows(name: string): Row[] {
  return readFileSync(join(folder, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

async function run(...args: string[]): Promise<Record<string, unknown>> {
  const result = await gristmill(["tokenizer", ...args, "--json"], { cwd: folder });
  expect(result.code, `${args.join(" ")}\n${result.stderr}`).toBe(0);
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

describe.skipIf(!addon)("gristmill tokenizer", () => {
  beforeAll(async () => {
    const lines = TEXTS.flatMap((text, i) =>
      [0, 1].map((n) => JSON.stringify({ id: `${i}${n}`, text, source: `s${n}` })),
    );
    writeFileSync(join(folder, "in.jsonl"), `${lines.join("\n")}\n`);
    const made = await run("train", "in.jsonl", "-o", "mine", "--vocab-size", "280");
    expect(made.report).toMatchObject({ texts: 8, vocabulary: 280 });
  });

  it("trains the files that other programs look for, and writes over none", async () => {
    const names = ["merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.json"];
    expect(readdirSync(join(folder, "mine")).sort()).toEqual(names);
    const config = JSON.parse(readFileSync(join(folder, "mine/tokenizer_config.json"), "utf8")) as Row;
    expect(config).toMatchObject({ eos_token: "<|endoftext|>", pad_token: "<|pad|>", model_max_length: 8192 });
    const again = await gristmill(["tokenizer", "train", "in.jsonl", "-o", "mine"], { cwd: folder });
    expectFailure(again, 5, "GM_RUN_OUTPUT_EXISTS");
    const small = await gristmill(["tokenizer", "train", "in.jsonl", "-o", "no", "--vocab-size", "10"], {
      cwd: folder,
    });
    expectFailure(small, 2, "GM_TOKEN_SMALL_VOCABULARY");
    expect(existsSync(join(folder, "no"))).toBe(false);
  });

  it("encodes beside the other columns, and decodes", async () => {
    await run("encode", "in.jsonl", "--tokenizer", "mine/tokenizer.json", "-o", "ids.jsonl");
    const ids = rows("ids.jsonl");
    expect(ids.map(({ text, source }) => [text, source])).toEqual(
      rows("in.jsonl").map((row) => [row.text, row.source]),
    );
    expect(ids[4]?.ids).not.toContain(0);
    await run("encode", "in.jsonl", "--tokenizer", "mine/vocab.json", "-o", "same.jsonl");
    expect(rows("same.jsonl").map((row) => row.ids)).toEqual(ids.map((row) => row.ids));
    await run("decode", "ids.jsonl", "--tokenizer", "mine/tokenizer.json", "-o", "back.jsonl", "--into", "again");
    for (const row of rows("back.jsonl")) expect(row.again).toBe(row.text);
  });

  it("counts and compares", async () => {
    const count = await run("count", "in.jsonl", "--tokenizer", "mine/tokenizer.json", "--by", "source");
    const tokens = rows("ids.jsonl").reduce((sum, row) => sum + (row.ids as number[]).length, 0);
    expect(count).toMatchObject({ texts: 8, tokens, by: { s0: { tokens: tokens / 2 }, s1: { texts: 4 } } });
    const { total, tokenizers } = await run("compare", "mine/tokenizer.json", "mine/vocab.json", "--in", "in.jsonl");
    expect(total).toMatchObject({ texts: 8, tokens: [tokens, tokens], differing: [0, 0] });
    expect(tokenizers).toMatchObject([{ path: "mine/tokenizer.json", tokens: 280 }, { path: "mine/vocab.json" }]);
  });

  it("inspects and converts", async () => {
    const info = await run("inspect", "mine", "--text", "the low<|pad|>");
    expect(info).toMatchObject({ engine: "native", tokens: 280 });
    const shown = info.tokens_of_text as { text: string }[];
    expect(shown.map(({ text }) => text).join("")).toBe("the low<|pad|>");
    expect(shown.at(-1)).toMatchObject({ id: 1, text: "<|pad|>" });
    const made = await run("convert", "mine", "--to", "tiktoken", "-o", "mine.tiktoken");
    expect(made.left_out).toEqual(["how text is split", "added tokens <|endoftext|>, <|pad|>"]);
    const split = ["--split", "gpt2"];
    const both = await run("compare", "mine/vocab.json", "mine.tiktoken", "--in", "in.jsonl", ...split);
    expect(both.total).toMatchObject({ differing: [0, 0] });
    const unsplit = await gristmill(["tokenizer", "inspect", "mine.tiktoken"], { cwd: folder });
    expectFailure(unsplit, 2, "GM_TOKEN_NO_SPLIT");
  });

  it("says what it can do, and what a wrong word may have meant", async () => {
    const help = await gristmill(["tokenizer", "--help"], { cwd: folder });
    expect(help.code).toBe(0);
    for (const name of ["train", "encode", "decode", "inspect", "convert", "compare", "count"])
      expect(help.stdout).toContain(`  ${name}`);
    const train = await gristmill(["tokenizer", "train", "--help"], { cwd: folder });
    expect(train.stdout).toContain("gristmill tokenizer train IN... [options]");
    expect((await gristmill(["tokenizer"], { cwd: folder })).code).toBe(2);
    const wrong = await gristmill(["tokenizer", "enocde", "in.jsonl"], { cwd: folder });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("did you mean encode?");
  });
});
