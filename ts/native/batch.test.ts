import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { columnFromArray, tableFromColumns, tableToIPC, utf8 } from "@uwdata/flechette";
import { describe, expect, it } from "vitest";
import { batch, GristmillError, native } from "./index.ts";

const addon = existsSync(new URL("../../bindings/index.js", import.meta.url));

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return error instanceof GristmillError ? error.code : String(error);
  }
  return "nothing was thrown";
}

const bytes = (...values: number[]) => Uint8Array.from(values);

/** Texts of all kinds, enough for many slices of work. */
const MANY = Array.from({ length: 30_000 }, (_, i) =>
  [`hello ${i} there`, `tabs\tand   gaps ${i}`, `mail me at a${i}@example.com`, "", `émile 😀 ${i}`, "?!"].at(i % 6),
) as string[];

describe("packed texts", () => {
  it("come back as they were, but for lone surrogates", () => {
    const texts = ["", "plain", "né", "日本語", "😀😀", "", "\uFEFFmark", "x".repeat(5000)];
    const packed = batch.pack(texts);
    expect(packed.offsets.length).toBe(texts.length + 1);
    expect(packed.offsets.at(-1)).toBe(packed.data.length);
    expect(batch.unpack(packed)).toEqual(texts);
    expect(batch.unpack(batch.pack(["a\uD800b"]))).toEqual(["a\uFFFDb"]);
    expect(batch.unpack(batch.pack([]))).toEqual([]);
  });
});

describe.skipIf(!addon)("batch functions", () => {
  it.each([
    ["no offset", bytes(97), [], "GM_BATCH_BAD_OFFSETS"],
    ["descending offsets", bytes(97, 98), [0, 2, 1], "GM_BATCH_BAD_OFFSETS"],
    ["an offset beyond the data", bytes(97), [0, 2], "GM_BATCH_BAD_OFFSETS"],
    ["an offset in a character", bytes(0xc3, 0xa9), [0, 1, 2], "GM_BATCH_NOT_UTF8"],
    ["bytes that are no text", bytes(97, 0xff), [0, 2], "GM_BATCH_NOT_UTF8"],
    ["a surrogate in UTF-8", bytes(0xed, 0xa0, 0x80), [0, 3], "GM_BATCH_NOT_UTF8"],
  ])("refuse %s", async (_, data, numbers, code) => {
    const packed = { data, offsets: Uint32Array.from(numbers) };
    using cleaner = new batch.Cleaner();
    using screener = new batch.Screener();
    using counter = await batch.TokenCounter.open("words");
    for (const work of [
      () => cleaner.clean(packed),
      () => cleaner.cleanSync(packed),
      () => screener.scan(packed),
      () => screener.scanSync(packed),
      () => counter.count(packed),
      () => counter.countSync(packed),
      () => batch.hasLexemePacked(packed),
      () => batch.hasLexemePackedSync(packed),
      () => batch.filterMessages({ message_id: packed, content: packed }),
    ]) {
      expect(await codeOf(work)).toBe(code);
    }
  });

  it("take texts that are a piece of bigger buffers", () => {
    const { data, offsets } = batch.pack(["skipped", "two words", "", "née"]);
    const piece = { data, offsets: offsets.subarray(1) };
    expect([...batch.hasLexemePackedSync(piece)]).toEqual([1, 0, 1]);
  });

  it("give the same on the pool and on the calling thread, for any number of slices", async () => {
    const packed = batch.pack(MANY);
    using cleaner = new batch.Cleaner({ layout: "plain" });
    using screener = new batch.Screener();
    using counter = await batch.TokenCounter.open("chars");
    expect(await cleaner.clean(packed)).toEqual(cleaner.cleanSync(packed));
    expect(await screener.scan(packed)).toEqual(screener.scanSync(packed));
    expect(await counter.count(packed)).toEqual(counter.countSync(packed));
    expect(await batch.hasLexemePacked(packed)).toEqual(batch.hasLexemePackedSync(packed));
  });

  it("do not see what the caller does to the buffers after the call", async () => {
    const packed = batch.pack(MANY);
    using counter = await batch.TokenCounter.open("words");
    const before = counter.countSync(packed);
    const counting = counter.count(packed);
    packed.data.fill(0x20);
    expect(await counting).toEqual(before);
  });

  it("clean texts", async () => {
    const cleaned = await batch.cleanTexts(["fine as it is", "gaps   inside", ""], { layout: "plain" });
    expect(cleaned[0]).toEqual({ verdict: "kept", text: "fine as it is" });
    expect(cleaned[1]).toEqual({ verdict: "changed", text: "gaps inside" });
    expect(cleaned[2]).toMatchObject({ verdict: "dropped", reason: "empty" });
    expect(await codeOf(() => batch.cleanTexts(["x"], { rules: { no_such_rule: "on" } }))).toBe("GM_TEXT_UNKNOWN_RULE");
    expect(await codeOf(() => batch.cleanTexts(["x"], { lay_out: "plain" }))).toBe("GM_STEP_BAD_OPTIONS");
  });

  it("scan texts, with places in JavaScript's units", async () => {
    const texts = ["nothing here", "né 😀 write to jane.doe@example.com please"];
    const hits = await batch.scanTexts(texts);
    expect(hits[0]).toEqual([]);
    const found = hits[1]?.map((hit) => [hit.category, texts[1]?.slice(hit.start, hit.end)]);
    expect(found).toEqual([["pii", "jane.doe@example.com"]]);
  });

  it("count tokens", async () => {
    expect([...(await batch.countTokens(["one two", "", "née"], "words"))]).toEqual([2, 0, 1]);
    expect([...(await batch.countTokens(["née"], "bytes"))]).toEqual([4]);
    expect(await codeOf(() => batch.countTokens(["x"], "/no/such/tokenizer.json"))).toBe("GM_TOKEN_UNREADABLE");
  });

  it("refuse handles that are closed", async () => {
    const cleaner = new batch.Cleaner();
    cleaner.close();
    expect(await codeOf(() => cleaner.cleanSync(batch.pack(["x"])))).toBe("GM_CLOSED");
    expect(await codeOf(() => cleaner.clean(batch.pack(["x"])))).toBe("GM_CLOSED");
  });

  it("filter messages, with a reason for each that goes", async () => {
    const messages = await batch.filterMessages({
      message_id: ["10", "11", "12", "13", "x"],
      content: ["hello there", "", "beep", "<@1234> how **are** you", "hello"],
      author_bot: ["", "", "true", "false", ""],
    });
    expect([...messages.rows]).toEqual([0, 3]);
    expect(batch.unpack(messages.content)[0]).toBe("hello there");
    expect(batch.unpack(messages.content)[1]).not.toContain("<@");
    expect(Array.from(messages.reasonOf, (number) => messages.reasons[number - 1] ?? null)).toEqual([
      null,
      "empty",
      "bot",
      null,
      "GM_CHAT_BAD_ID",
    ]);
    expect(await codeOf(() => batch.filterMessages({ content: ["x"] }))).toBe("GM_STEP_MISSING_COLUMN");
    expect(await codeOf(() => batch.filterMessages({ message_id: ["1", "2"], content: ["x"] }))).toBe(
      "GM_BATCH_BAD_COLUMNS",
    );
    expect(await codeOf(() => batch.filterMessages({}))).toBe("GM_BATCH_BAD_COLUMNS");
  });

  it("filter rows of many slices in order", async () => {
    const rows = 20_000;
    const { rows: kept, reasonOf } = await batch.filterMessages({
      message_id: Array.from({ length: rows }, (_, i) => `${i + 1}`),
      content: Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? "" : `message ${i} here`)),
    });
    expect([...kept]).toEqual(Array.from({ length: rows }, (_, i) => i).filter((i) => i % 3 !== 0));
    expect([...reasonOf].filter((number) => number > 0).length).toBe(Math.ceil(rows / 3));
  });

  it("build dialogues out of replies", async () => {
    const column = (value: string) => Array.from({ length: 4 }, () => value);
    const made = await batch.buildDialogues({
      message_id: ["1", "2", "3", "4"],
      message_reference_message_id: ["", "1", "2", ""],
      guild_id: column("g"),
      channel_id: column("c"),
      author_id: ["ann", "bob", "ann", "bob"],
      content: ["what is the time?", "noon", "thanks", "alone"],
    });
    expect(batch.unpack(made.ids)).toEqual(["1"]);
    const said = [
      "<|im_start|>assistant\nwhat is the time?<|im_end|>",
      "<|im_start|>user\nnoon<|im_end|>",
      "<|im_start|>assistant\nthanks<|im_end|><|end_of_text|>",
    ];
    expect(batch.unpack(made.texts)).toEqual([said.join("\n")]);
    expect(made.assistantTurns).toEqual(Uint32Array.of(2));
    expect(Array.from(made.reasonOf, (number) => made.reasons[number - 1] ?? null)).toEqual([
      null,
      null,
      null,
      "unanswered",
    ]);
  });
});

describe.skipIf(!addon)("writeParquet", () => {
  const folder = () => mkdtempSync(join(tmpdir(), "gristmill-parquet-"));
  const stream = (texts: string[]) => {
    const made = tableToIPC(tableFromColumns({ text: columnFromArray(texts, utf8()) }), { format: "stream" });
    if (made === null) throw new Error("no stream");
    return made;
  };
  const texts = MANY.slice(0, 10_000);

  it("writes the same bytes however the rows are cut, and never over a file", async () => {
    const out = folder();
    const whole = await batch.writeParquet(stream(texts), join(out, "whole.parquet"));
    async function* pieces() {
      for (let at = 0; at < texts.length; at += 777) yield stream(texts.slice(at, at + 777));
    }
    const cut = await batch.writeParquet(pieces(), join(out, "cut.parquet"));
    expect(cut.sha256).toBe(whole.sha256);
    expect(readFileSync(cut.path).equals(readFileSync(whole.path))).toBe(true);
    expect(native.figures([whole.path]).rows).toBe(texts.length);
    expect(await codeOf(() => batch.writeParquet(stream(["x"]), whole.path))).toBe("GM_RUN_OUTPUT_EXISTS");
    const again = await batch.writeParquet(stream(["x"]), whole.path, { overwrite: true });
    expect([again.rows, native.figures([whole.path]).rows]).toEqual([1, 1]);
    expect(readdirSync(out).sort()).toEqual(["cut.parquet", "whole.parquet"]);
  });

  it("leaves nothing behind when it fails", async () => {
    const out = folder();
    const path = join(out, "rows.parquet");
    async function* broken() {
      yield stream(["a"]);
      throw new Error("the source broke");
    }
    expect(await codeOf(() => batch.writeParquet(broken(), path))).toBe("Error: the source broke");
    expect(await codeOf(() => batch.writeParquet(bytes(1, 2, 3, 4), path))).toBe("GM_RUN_BAD_ROWS");
    expect(await codeOf(() => batch.writeParquet([], path))).toBe("GM_RUN_BAD_ROWS");
    expect(await codeOf(() => batch.writeParquet(stream(["a"]), path, { format: { zstd_level: 99 } }))).toMatch(/^GM_/);
    expect(await codeOf(() => batch.writeParquet(stream(["a"]), join(out, "no", "such.parquet")))).toBe(
      "GM_RUN_NO_FOLDER",
    );
    expect(readdirSync(out)).toEqual([]);
    writeFileSync(path, "mine");
    expect(await codeOf(() => batch.writeParquet(stream(["a"]), path))).toBe("GM_RUN_OUTPUT_EXISTS");
    expect(readFileSync(path, "utf8")).toBe("mine");
  });
});
