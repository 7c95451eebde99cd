import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readBatches } from "../api/index.ts";
import { addon, gristmill } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-pack-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Block {
  input_ids: number[];
  labels: number[];
  position_ids: number[];
  attention_mask: number[];
  seq_lens: number[];
  length: number;
}

const DOCUMENTS = 3_000;
const LENGTH = 256;
const END = 1;

/** Lengths as in real text: many short, some beyond a block. Each token tells its document. */
function documents(): { name: string; ids: number[]; labels: number[] }[] {
  return Array.from({ length: DOCUMENTS }, (_, n) => {
    const length = 1 + Math.floor(600 * ((n * 0.618_034) % 1) ** 4);
    const ids = Array.from({ length }, (_, i) => 1_000 * (n + 1) + i);
    return { name: `d${n}`, ids, labels: ids.map((id, i) => (i % 3 === 0 ? -100 : id)) };
  });
}

async function pack(name: string, args: string[]): Promise<Block[]> {
  const out = join(folder, `${name}.parquet`);
  const result = await gristmill(["pack", join(folder, "in.jsonl"), "-o", out, ...args], { cwd: folder });
  expect(result.code, result.stderr).toBe(0);
  const blocks: Block[] = [];
  for await (const batch of readBatches(out)) {
    for (const row of batch.rows()) {
      const lists = Object.fromEntries(
        Object.entries(row).map(([key, value]) => [key, typeof value === "object" ? [...(value as number[])] : value]),
      );
      blocks.push(lists as unknown as Block);
    }
  }
  return blocks;
}

describe.skipIf(!addon)("pack", () => {
  it.each(["best_fit", "next_fit"])("%s keeps every token once, in its sequence", async (method) => {
    const wanted = documents();
    writeFileSync(join(folder, "in.jsonl"), `${wanted.map((row) => JSON.stringify(row)).join("\n")}\n`);
    const args = ["--length", `${LENGTH}`, "--end", `${END}`, "--pad", "0", "--labels", "labels", "--method", method];
    const blocks = await pack(method, [...args, "--attention-mask"]);
    let filled = 0;
    const pieces = new Map<number, Map<number, { ids: number[]; labels: number[] }>>();
    for (const { input_ids, labels, position_ids, attention_mask, seq_lens, length } of blocks) {
      expect(attention_mask).toEqual(input_ids.map((_, i) => (i < length ? 1 : 0)));
      expect([input_ids.length, labels.length, position_ids.length]).toEqual([LENGTH, LENGTH, LENGTH]);
      expect(seq_lens.reduce((sum, n) => sum + n, 0)).toBe(length);
      expect(input_ids.slice(length).every((id) => id === 0)).toBe(true);
      expect(labels.slice(length).every((label) => label === -100)).toBe(true);
      filled += length;
      let at = 0;
      for (const n of seq_lens) {
        expect(position_ids.slice(at, at + n)).toEqual(Array.from({ length: n }, (_, i) => i));
        const ids = input_ids.slice(at, at + n);
        // A piece may be the end token alone, which then tells nothing.
        const [first = 0] = ids;
        const document = first === END ? -1 : Math.floor(first / 1_000) - 1;
        const of = pieces.get(document) ?? new Map();
        of.set(first === END ? of.size : first, { ids, labels: labels.slice(at, at + n) });
        pieces.set(document, of);
        at += n;
      }
    }
    const alone = pieces.get(-1)?.size ?? 0;
    let lost = 0;
    for (const [n, { ids, labels }] of wanted.entries()) {
      const found = [...(pieces.get(n) ?? new Map<number, { ids: number[]; labels: number[] }>())]
        .sort(([a], [b]) => a - b)
        .map(([, piece]) => piece);
      const whole = found.flatMap((piece) => piece.ids);
      if (whole.at(-1) !== END) {
        whole.push(END);
        lost += 1;
      }
      expect(whole).toEqual([...ids, END]);
      expect(found.flatMap((piece) => piece.labels).slice(0, ids.length)).toEqual(labels);
      // Only what is longer than a block is cut.
      if (ids.length < LENGTH) expect(found).toHaveLength(1);
    }
    expect(lost).toBe(alone);
    if (method === "best_fit") expect(filled / (blocks.length * LENGTH)).toBeGreaterThan(0.995);
  });

  it("concat joins all and cuts wherever a block is full", async () => {
    const wanted = documents().map((row) => ({ ...row, weights: row.ids.map((id) => (id % 4) / 4) }));
    writeFileSync(join(folder, "in.jsonl"), `${wanted.map((row) => JSON.stringify(row)).join("\n")}\n`);
    const args = ["--length", `${LENGTH}`, "--end", `${END}`, "--labels", "labels", "--loss-weights", "weights"];
    const blocks = await pack("concat", [...args, "--method", "concat", "--threads", "1"]);
    const stream = wanted.flatMap(({ ids, labels, weights }) => {
      const ended = ids.at(-1) === END;
      const rest = ended ? [] : [{ id: END, label: END, weight: 1, position: ids.length }];
      return [...ids.map((id, i) => ({ id, label: labels[i], weight: weights[i], position: i })), ...rest];
    });
    // Every block is a stretch of the stream; each stretch is there once.
    const starts = new Map<string, number>();
    for (let at = 0; at < stream.length; at += LENGTH) {
      starts.set(
        stream
          .slice(at, at + LENGTH)
          .map(({ id }) => id)
          .join(),
        at,
      );
    }
    expect(blocks).toHaveLength(starts.size);
    for (const block of blocks as (Block & { loss_weights: number[] })[]) {
      const at = starts.get(block.input_ids.join());
      if (at === undefined) throw new Error("a block that is no stretch of all tokens");
      starts.delete(block.input_ids.join());
      const part = stream.slice(at, at + LENGTH);
      expect(block.labels).toEqual(part.map(({ label }) => label));
      expect(block.loss_weights).toEqual(part.map(({ weight }) => weight));
      // Positions begin anew in each document, and in each block.
      const lengths: number[] = [];
      for (const [i, { position }] of part.entries()) {
        if (i === 0 || position === 0) lengths.push(0);
        lengths[lengths.length - 1] = (lengths.at(-1) ?? 0) + 1;
      }
      expect(block.seq_lens).toEqual(lengths);
      expect(block.position_ids).toEqual(lengths.flatMap((n) => Array.from({ length: n }, (_, i) => i)));
    }
    expect(starts.size).toBe(0);
    const again = ["--method", "concat", "--threads", "7"];
    expect(await pack("concat7", [...args, ...again])).toEqual(blocks);
    const full = await pack("full", [...args, ...again, "--last", "drop"]);
    expect(full).toEqual(blocks.filter(({ length }) => length === LENGTH));
    expect(blocks.length - full.length).toBe(stream.length % LENGTH === 0 ? 0 : 1);
    const padded = await pack("padded", [...args, ...again, "--pad", "0"]);
    expect(padded.every(({ input_ids, labels }) => input_ids.length === LENGTH && labels.length === LENGTH)).toBe(true);
  });

  it("gives the same blocks for any number of threads and partitions, others for another seed", async () => {
    const args = ["--length", "128", "--add-labels"];
    const one = await pack("one", [...args, "--threads", "1"]);
    expect(await pack("seven", [...args, "--threads", "7"])).toEqual(one);
    expect(await pack("seeded", [...args, "--seed", "9"])).not.toEqual(one);
    expect(one.every(({ labels, input_ids }) => labels.length === input_ids.length)).toBe(true);
  });

  it("sets rows aside whose labels do not fit, and says which column holds no ids", async () => {
    writeFileSync(
      join(folder, "in.jsonl"),
      `${[
        { ids: [1, 2], labels: [1] },
        { ids: "x", labels: [1] },
        { ids: [], labels: [] },
        { ids: [5], labels: [5] },
      ]
        .map((row) => JSON.stringify(row))
        .join("\n")}\n`,
    );
    const out = join(folder, "odd.jsonl");
    const args = ["pack", "in.jsonl", "-o", out, "--labels", "labels", "--max-bad-rows", "5", "--json"];
    const result = await gristmill(args, { cwd: folder });
    expect(result.code, result.stderr).toBe(0);
    const { steps } = JSON.parse(result.stdout) as { steps: { name: string; quarantined: number; dropped: object }[] };
    expect(steps.find(({ name }) => name === "pack")).toMatchObject({ quarantined: 2, dropped: { no_tokens: 1 } });
    const wrong = await gristmill(["pack", "in.jsonl", "-o", "no.jsonl", "--column", "nope"], { cwd: folder });
    expect(wrong.code).toBe(2);
  });
});
