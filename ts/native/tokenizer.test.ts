import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { batch, GristmillError, Tokenizer } from "./index.ts";

const addon = existsSync(new URL("../../bindings/index.js", import.meta.url));
const file = fileURLToPath(new URL("../../fixtures/steps/encode-bpe/tokenizer.json", import.meta.url));

/** Texts of all kinds, enough for many slices of work. */
const MANY = Array.from({ length: 30_000 }, (_, i) =>
  [`the lowest of ${i}`, "tabs\tand   gaps", "", `émile 😀 ${i}`, "日本語", "newest\n\n"].at(i % 6),
) as string[];

describe.skipIf(!addon)("a tokenizer", () => {
  it("says what it is", async () => {
    using tokenizer = await Tokenizer.load(file);
    expect(tokenizer.info).toMatchObject({
      engine: "native",
      reason: null,
      model: "byte-level BPE",
      tokens: 289,
      ids: 289,
    });
    expect(tokenizer.info.added[0]).toEqual({ id: 0, content: "<|endoftext|>", special: true });
  });

  it("gives the same ids from every method, and the texts back", async () => {
    using tokenizer = await Tokenizer.load(file);
    const packed = batch.pack(MANY);
    const all = await tokenizer.encodeBatch(MANY);
    expect(all.ids).toBeInstanceOf(Uint32Array);
    expect(all.offsets.length).toBe(MANY.length + 1);
    expect(tokenizer.encodeBatchSync(packed)).toEqual(all);
    const counts = await tokenizer.countBatch(packed);
    expect(tokenizer.countBatchSync(MANY)).toEqual(counts);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(all.ids.length);
    for (const row of [0, 1, 3, 29_999]) {
      const ids = tokenizer.encode(MANY[row] ?? "");
      expect(all.ids.slice(all.offsets[row], all.offsets[row + 1])).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(MANY[row]);
    }
    expect(await tokenizer.decodeBatch(all)).toEqual(MANY);
  });

  it("gives the same for strings of any length, packed while earlier ones are encoded", async () => {
    using tokenizer = await Tokenizer.load(file);
    // Longer than a package, of one, two and three bytes a unit, and half a pair.
    const long = [
      "low ".repeat(600_000),
      "é".repeat(1_100_000),
      "日本".repeat(700_000),
      `new\ud83d${"est ".repeat(9)}`,
    ];
    const texts = [...MANY.slice(0, 9_000), ...long, "", ...MANY.slice(0, 100), ...long];
    const all = await tokenizer.encodeBatch(texts);
    expect(Buffer.from(batch.pack(texts).data).equals(Buffer.from(texts.join("")))).toBe(true);
    // Numbers by the million are too many for toEqual.
    expect(isDeepStrictEqual(tokenizer.encodeBatchSync(texts), all)).toBe(true);
    expect(isDeepStrictEqual(await tokenizer.encodeBatch(batch.pack(texts)), all)).toBe(true);
    expect(isDeepStrictEqual(await tokenizer.countBatch(texts), tokenizer.countBatchSync(texts))).toBe(true);
    expect(await tokenizer.encodeBatch([])).toEqual({ ids: new Uint32Array(0), offsets: new Uint32Array([0]) });
  });

  it("finds each token in the text", async () => {
    using tokenizer = await Tokenizer.load(file);
    const text = "the lowest é<|pad|>";
    const { ids, starts, ends } = tokenizer.locate(text);
    const bytes = Buffer.from(text);
    expect(Buffer.concat(Array.from(starts, (start, i) => bytes.subarray(start, ends[i]))).toString()).toBe(text);
    expect(ids.at(-1)).toBe(1);
  });

  it("decodes a stream into whole characters", async () => {
    using tokenizer = await Tokenizer.load(file);
    const ids = tokenizer.encode("café 日本語 😀");
    const stream = tokenizer.stream();
    const pieces = Array.from(ids, (id) => stream.push(id));
    expect(pieces.some((piece) => piece === "")).toBe(true);
    expect(pieces.join("")).toBe("café 日本語 😀");
    expect(stream.end()).toBe("");
    expect(() => stream.push(1)).toThrow(GristmillError);
    const cut = tokenizer.stream();
    expect(cut.push(ids.slice(0, -1)) + cut.end()).toBe("café 日本語 \uFFFD");
  });

  it("takes special tokens in text as it is told", async () => {
    const text = "a<|endoftext|>b";
    using plain = await Tokenizer.load(file, { specialInText: "ignore" });
    expect(Array.from(plain.encode(text))).not.toContain(0);
    using known = await Tokenizer.load(file);
    const ids = known.encode(text);
    expect(Array.from(ids)).toContain(0);
    expect(known.decode(ids, { skipSpecial: true })).toBe("ab");
    using strict = await Tokenizer.load(file, { specialInText: "refuse" });
    expect(() => strict.encode(text)).toThrow(expect.objectContaining({ code: "GM_TOKEN_SPECIAL_IN_TEXT" }));
    await expect(strict.encodeBatch(["fine", text])).rejects.toMatchObject({ code: "GM_TOKEN_SPECIAL_IN_TEXT" });
  });

  it("refuses what is no tokenizer, no id and no list", async () => {
    await expect(Tokenizer.load(`${file}.none`)).rejects.toMatchObject({ code: "GM_TOKEN_UNREADABLE" });
    using tokenizer = await Tokenizer.load(file);
    expect(() => tokenizer.decode([289])).toThrow(expect.objectContaining({ code: "GM_TOKEN_UNKNOWN_ID" }));
    expect(() => tokenizer.decode([-1])).toThrow(RangeError);
    const wrong = { ids: Uint32Array.of(1), offsets: Uint32Array.of(0, 2) };
    await expect(tokenizer.decodeBatch(wrong)).rejects.toMatchObject({ code: "GM_BATCH_BAD_OFFSETS" });
    tokenizer.close();
    expect(() => tokenizer.encode("a")).toThrow(expect.objectContaining({ code: "GM_CLOSED" }));
  });
});
