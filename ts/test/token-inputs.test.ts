import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readBatches, sampleRows } from "../api/index.ts";
import { addon, expectFailure, gristmill, manifestOf, root } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-token-in-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows = Array.from({ length: 1_500 }, (_, n) => ({
  name: `r${n}`,
  n,
  ids: Array.from({ length: 1 + ((n * 37) % 90) }, (_, i) => (n * 131 + i * 7) % 50_000),
}));

async function build(name: string, recipe: Record<string, unknown>): Promise<string> {
  writeFileSync(join(folder, "in.jsonl"), `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify({ name, steps: [], ...recipe }));
  const out = join(folder, name);
  const result = await gristmill(["build", `${name}.yaml`, "-o", out], { cwd: folder });
  expect(result.code, result.stderr).toBe(0);
  return out;
}

async function read(path: string, format?: string): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for await (const batch of readBatches(path, format === undefined ? {} : { format })) found.push(...batch.rows());
  return found;
}

const SOURCES = [{ jsonl: { path: "in.jsonl", key: "name" } }];
const small = { shard_bytes: 60_000 };

describe.skipIf(!addon)("files of token ids as inputs", () => {
  it("what the outputs write is read as it was, by a recipe too", async () => {
    const out = await build("first", {
      sources: SOURCES,
      outputs: [
        { numpy: { vocab_size: 50_000, split: "ragged", ...small } },
        { megatron: { column: "ids", split: "documents", ...small } },
        { mds: { columns: ["name", "n", "ids"], split: "plain", ...small } },
        { mds: { columns: ["name", "n", "ids"], arrays: { ids: "uint16" }, zstd_level: 3, split: "packed", ...small } },
      ],
    });
    const data = join(out, "data");
    const ids = rows.map((row) => row.ids);
    expect((await read(join(data, "ragged-*.npy"))).map((row) => row.ids)).toEqual(ids);
    const documents = await read(join(data, "documents-*.bin"));
    expect(documents.map((row) => row.ids)).toEqual(ids);
    expect(documents.map((row) => row.seq_lens)).toEqual(ids.map((list) => [list.length]));
    for (const split of ["plain", "packed"]) {
      expect(readdirSync(join(data, split)).length).toBeGreaterThan(3);
      expect(await read(join(data, split))).toEqual(rows.map(({ name, n, ids }) => ({ name, n, ids })));
      expect(await read(join(data, split, "index.json"), "mds")).toHaveLength(rows.length);
    }
    const again = await build("second", {
      sources: [{ numpy: join(data, "ragged-*.npy") }],
      outputs: [{ numpy: { vocab_size: 50_000, split: "ragged" } }],
    });
    const joined = await read(join(again, "data"));
    expect(joined.map((row) => row.ids)).toEqual(ids);
    // The table of places is an input as well: a change of it is a change of the build.
    const inputs = manifestOf(again).inputs as { path: string }[];
    expect(inputs.filter(({ path }) => path.endsWith(".offsets.npy"))).toHaveLength(inputs.length / 2);
  });

  it("blocks of two dimensions, and sequences of packed blocks", async () => {
    const out = await build("blocks", {
      sources: SOURCES,
      steps: [{ pack: { length: 128, pad: 0 } }],
      outputs: [
        { numpy: { column: "input_ids", row_tokens: 128 } },
        { megatron: { column: "input_ids", sequences: "seq_lens", vocab_size: 50_000 } },
        { dataset: {} },
      ],
    });
    const data = join(out, "data");
    const wanted = await read(join(data, "train-*.parquet"));
    const blocks = await read(join(data, "train-00000-of-00001.npy"));
    expect(blocks.map((row) => row.ids)).toEqual(wanted.map((row) => row.input_ids));
    const documents = await read(join(data, "train-00000-of-00001.idx"));
    expect(documents.map((row) => row.ids)).toEqual(wanted.map((row) => row.input_ids));
    const total = (list: unknown): number => (list as number[]).reduce((sum, n) => sum + n, 0);
    expect(documents.every((row) => total(row.seq_lens) === 128)).toBe(true);
  });

  it("a shard that is gone is missed, and a folder of all kinds reads each once", async () => {
    const data = join(folder, "first", "data");
    const plain = join(data, "plain");
    const [shard = ""] = readdirSync(plain).filter((name) => name.endsWith(".mds"));
    // A stray shard that the index does not tell of, and one that lies there compressed as well.
    copyFileSync(join(plain, shard), join(plain, "shard.90000.mds"));
    copyFileSync(join(data, "packed", `${shard}.zstd`), join(plain, `${shard}.zstd`));
    expect(await read(plain)).toHaveLength(rows.length);
    const all = await sampleRows(data, { rows: 0 });
    expect(all.count).toBe(4 * rows.length);
    rmSync(join(plain, shard));
    rmSync(join(plain, `${shard}.zstd`));
    expectFailure(await gristmill(["inspect", plain]), 3, "GM_PLAN_MISSING_SHARD");
    writeFileSync(join(plain, "index.json"), "{}");
    expectFailure(await gristmill(["inspect", plain]), 3, "GM_PLAN_BAD_INDEX");
  });

  it("what another program wrote is read", async () => {
    const golden = join(root, "../shared/golden/code");
    if (!existsSync(golden)) return;
    const first = (await read(join(golden, "mds"))).map((row) => row.tokens);
    expect(first).toHaveLength(60);
    expect((await read(join(golden, "mds_zstd"))).map((row) => row.tokens)).toEqual(first);
    const documents = (await read(join(golden, "megatron/u16.bin"))).map((row) => row.ids);
    expect(documents.slice(0, 60)).toEqual(first);
    const flat = (await read(join(golden, "tokens_u16.npy"))).flatMap((row) => row.ids as number[]);
    expect(flat).toEqual(first.slice(0, 20).flat());
  });
});

describe.skipIf(!addon)("inspect with a tokenizer", () => {
  const tokenizer = join(root, "fixtures/steps/encode-bpe/tokenizer.json");

  it("shows what is learnt, where sequences begin and what fills up, in marks, as a page and as JSON", async () => {
    const dialogue = (n: number): string =>
      `<|im_start|>user\nhi ${n}<|im_end|>\n<|im_start|>assistant\nyes\u0007 of course<|im_end|><|end_of_text|>`;
    const texts = [1, 2, 3].map((n) => JSON.stringify({ text: dialogue(n) }));
    writeFileSync(join(folder, "chat.jsonl"), `${texts.join("\n")}\n`);
    const recipe = {
      name: "chat",
      sources: [{ jsonl: "chat.jsonl" }],
      steps: [
        { encode: { tokenizer, loss_weights: { user: 0.1 } } },
        { pack: { length: 1_000, pad: 0, labels: "labels", loss_weights: "loss_weights", method: "concat" } },
      ],
      outputs: [{ dataset: {} }],
    };
    writeFileSync(join(folder, "chat.yaml"), JSON.stringify(recipe));
    const built = await gristmill(["build", "chat.yaml", "-o", "chat"], { cwd: folder });
    expect(built.code, built.stderr).toBe(0);
    const args = ["inspect", "chat", "--tokenizer", tokenizer, "--tokens", "0"];
    const shown = await gristmill([...args, "--html", "chat.html"], { cwd: folder });
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.stdout).toContain("-- sequence 2 of 3");
    expect(shown.stdout).not.toContain("\u001b");
    const runs = shown.stdout.split("\n").map((line) => line.replaceAll("|", ""));
    expect(runs.filter((line) => /^ {2}learnt {4}yes/.test(line))).toHaveLength(3);
    expect(runs.filter((line) => /^ {2}learnt 0\.1 *hi \d/.test(line))).toHaveLength(3);
    expect(runs.filter((line) => /^ {2}masked .*<im_start>user/.test(line))).toHaveLength(3);
    expect(runs.filter((line) => line.startsWith("  filling"))).toHaveLength(1);
    expect(shown.stdout).toContain("\\u{7}");
    const page = readFileSync(join(folder, "chat.html"), "utf8");
    expect(page).toContain('class="learnt');
    expect(page).not.toMatch(/<script|https?:/);
    expectFailure(await gristmill([...args, "--html", "chat.html"], { cwd: folder }), 5, "GM_RUN_OUTPUT_EXISTS");
    const json = JSON.parse((await gristmill([...args, "--json"], { cwd: folder })).stdout);
    const [view] = json.first;
    expect(view.sequences).toHaveLength(3);
    expect(view.learnt + view.padding).toBeLessThan(view.tokens);
    expect(view.padding).toBe(
      1_000 - view.sequences.reduce((sum: number, one: { tokens: number }) => sum + one.tokens, 0),
    );
  });

  it("a seed chooses rows from all over the input, text is encoded, and ids that are none are told", async () => {
    writeFileSync(join(folder, "many.jsonl"), rows.map(({ n }) => `{"text":"row ${n}","tokens":2}\n`).join(""));
    const pick = (seed: number) => sampleRows(join(folder, "many.jsonl"), { rows: 6, seed });
    const one = await pick(1);
    expect(one.rows).toHaveLength(6);
    expect(one.count).toBe(rows.length);
    expect(await pick(1)).toEqual(one);
    expect(await pick(2)).not.toEqual(one);
    const numbers = one.rows.map(({ row }) => Number(String(row.text).slice(4)));
    expect(Math.max(...numbers)).toBeGreaterThan(500);
    const text = await gristmill(["inspect", "many.jsonl", "--tokenizer", tokenizer, "--n", "1", "--seed", "1"], {
      cwd: folder,
    });
    expect(text.stdout.replaceAll("|", "")).toMatch(/^ {12}row \d+$/m);
    const none = await gristmill(["inspect", "many.jsonl", "--tokenizer", tokenizer, "--column", "x"], { cwd: folder });
    expectFailure(none, 2, "GM_API_NO_TOKENS");
    expectFailure(await gristmill(["inspect", "many.jsonl", "--tokens", "5"], { cwd: folder }), 2, "GM_CLI_USAGE");
  });

  it("puts what fill in the middle has rearranged back into its order", async () => {
    const special = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"];
    const model = JSON.parse(readFileSync(tokenizer, "utf8"));
    const next = 1 + Math.max(...Object.values(model.model.vocab as Record<string, number>), ...ids(model));
    const added = special.map((content, i) => ({
      ...{ id: next + i, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    }));
    model.added_tokens.push(...added);
    writeFileSync(join(folder, "fim.json"), JSON.stringify(model));
    const text = "<|fim_prefix|>one\n<|fim_suffix|>three\n<|fim_middle|>two\n";
    writeFileSync(join(folder, "fim.jsonl"), `${JSON.stringify({ text })}\n`);
    const args = ["inspect", "fim.jsonl", "--tokenizer", "fim.json"];
    const shown = await gristmill(args, { cwd: folder });
    expect(shown.stdout).toContain("«<|fim_suffix|>»");
    expect(shown.stdout.replace(/↵\n */g, "/")).toContain("original  one/two/three/");
    const raw = await gristmill([...args, "--raw"], { cwd: folder });
    expect(raw.stdout).not.toContain("original");
    expect(raw.stdout).toContain(`ids       ${next} `);
  });
});

const ids = (model: { added_tokens: { id: number }[] }): number[] => model.added_tokens.map(({ id }) => id);
