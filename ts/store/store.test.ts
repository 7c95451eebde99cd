import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type MessageEvent, type MessageStore, openStore, type StoreEvent } from "./index.ts";
import { storeKinds } from "./test/stores.ts";

const folder = mkdtempSync(join(tmpdir(), "gristmill-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An id of that many seconds after 2020 began, and its time. */
const id = (second: number): string =>
  ((BigInt(Date.UTC(2020, 0, 1) + second * 1000) - 1420070400000n) << 22n).toString();
const at = (second: number): string => new Date(Date.UTC(2020, 0, 1) + second * 1000).toISOString();

function message(second: number, more: Partial<MessageEvent> = {}): MessageEvent {
  return {
    event: "message",
    message_id: id(second),
    guild_id: "11",
    channel_id: "22",
    author_id: "33",
    author_bot: false,
    content: `said at ${second}`,
    ...more,
  };
}

/** All live messages as `id: text`. */
async function texts(store: MessageStore): Promise<string[]> {
  return (await store.messages({})).map(({ message_id, content }) => `${message_id}: ${content}`);
}

describe.each(storeKinds())("a store in $name", (kind) => {
  const open: MessageStore[] = [];
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  async function fresh(): Promise<MessageStore> {
    const store = await openStore(await kind.place());
    open.push(store);
    return store;
  }

  it("keeps messages with all their columns, after it is closed too", async () => {
    const place = await kind.place();
    const first = await openStore(place);
    const reply = message(2, {
      message_reference_message_id: id(1),
      author_bot: true,
      content: 'a "quoted", text\n\\with\ttabs 🦀',
      edited: at(9),
    });
    const applied = await first.apply([
      message(1),
      reply,
      message(3, { author_id: null, author_bot: null, guild_id: null }),
    ]);
    expect(applied).toEqual({ inserted: 3, updated: 0, deleted: 0, ignored: 0, erased: 0, replayed: false });
    await first.close();
    const store = await openStore(place, { create: false });
    open.push(store);
    const rows = await store.messages({});
    expect(rows[1]).toEqual({
      message_id: id(2),
      message_reference_message_id: id(1),
      guild_id: "11",
      channel_id: "22",
      author_id: "33",
      author_bot: true,
      content: 'a "quoted", text\n\\with\ttabs 🦀',
      timestamp: "2020-01-01T00:00:02.000+00:00",
      edited: "2020-01-01T00:00:09.000+00:00",
    });
    expect(rows[2]).toMatchObject({ author_id: null, author_bot: null, guild_id: null });
    expect(await store.lastMessageId("22")).toBe(id(3));
    expect(await store.lastMessageId("23")).toBeNull();
  });

  it("gives pages of a channel after an id", async () => {
    const store = await fresh();
    await store.apply([1, 2, 3, 4].map((second) => message(second, { channel_id: second % 2 === 0 ? "5" : "6" })));
    const page = await store.messages({ channel: "5", after: id(2), limit: 1 });
    expect(page.map(({ message_id }) => message_id)).toEqual([id(4)]);
    await expect(store.messages({ limit: 1001 })).rejects.toMatchObject({ code: "GM_STORE_BAD_PAGE" });
  });

  it("takes the same batch twice without a change, and counts every event once", async () => {
    const store = await fresh();
    const batch = [message(1), message(2), message(2)];
    expect(await store.apply(batch)).toMatchObject({ inserted: 2, ignored: 1 });
    expect(await store.apply(batch)).toMatchObject({ inserted: 0, updated: 0, ignored: 3 });
  });

  it("keeps the latest edit, in whatever order edits come", async () => {
    const store = await fresh();
    const edit = (second: number): StoreEvent => ({
      event: "edit",
      message_id: id(1),
      content: `edited at ${second}`,
      edited: at(second),
    });
    expect(await store.apply([edit(8)])).toMatchObject({ inserted: 1 });
    expect(await texts(store)).toEqual([]);
    expect((await store.counts()).waiting).toBe(1);
    expect(await store.apply([message(1)])).toMatchObject({ updated: 1 });
    expect(await store.apply([edit(5), message(1, { content: "older", edited: at(6) })])).toMatchObject({ ignored: 2 });
    expect(await texts(store)).toEqual([`${id(1)}: edited at 8`]);
    expect(await store.apply([edit(9)])).toMatchObject({ updated: 1 });
    expect(await texts(store)).toEqual([`${id(1)}: edited at 9`]);
  });

  it("erases what is deleted and never takes it again", async () => {
    const store = await fresh();
    await store.apply([message(1), message(2), message(3)]);
    const gone: StoreEvent = { event: "delete", message_ids: [id(1), id(3), id(7)], channel_id: "22" };
    expect(await store.apply([gone])).toMatchObject({ deleted: 3, ignored: 0 });
    expect(
      await store.apply([message(1), message(7), message(3, { content: "again", edited: at(99) }), gone]),
    ).toMatchObject({
      inserted: 0,
      updated: 0,
    });
    expect(await texts(store)).toEqual([`${id(2)}: said at 2`]);
    expect(await store.counts()).toMatchObject({ messages: 1, deleted: 3 });
  });

  it("erases an author who opts out and takes nothing of him until he opts in", async () => {
    const store = await fresh();
    const other = message(2, { author_id: "44" });
    await store.apply([
      message(1),
      other,
      { event: "edit", message_id: id(5), author_id: "33", content: "x", edited: at(6) },
    ]);
    expect(await store.apply([{ event: "opt_out", author_id: "33", at: at(10) }])).toMatchObject({ erased: 2 });
    expect(await store.optedOut()).toEqual([{ author_id: "33", at: "2020-01-01T00:00:10.000+00:00" }]);
    // Old ones again, new ones, an edit of one that was erased, and one that comes together with the word.
    await store.apply([
      message(1),
      message(11),
      { event: "edit", message_id: id(1), content: "still", edited: at(12) },
    ]);
    expect(await texts(store)).toEqual([`${id(2)}: said at 2`]);
    expect(
      await store.apply([message(20, { author_id: "44" }), { event: "opt_out", author_id: "44", at: at(21) }]),
    ).toMatchObject({
      erased: 1,
      inserted: 0,
      ignored: 1,
    });
    expect(await texts(store)).toEqual([]);
    await store.apply([{ event: "opt_in", author_id: "33", at: at(30) }]);
    // The repeated word from before changes nothing; what was written while he was out stays away.
    await store.apply([
      { event: "opt_out", author_id: "33", at: at(10) },
      message(1),
      message(29),
      message(30),
      message(31),
    ]);
    expect(await texts(store)).toEqual([`${id(30)}: said at 30`, `${id(31)}: said at 31`]);
    expect((await store.optedOut()).map(({ author_id }) => author_id)).toEqual(["44"]);
  });

  it("links threads to their channel and keeps the name seen last", async () => {
    const store = await fresh();
    await store.apply([
      message(1, { channel_id: "50", parent_channel_id: "22" }),
      { event: "channel", channel_id: "50", guild_id: "11", name: "new", kind: "thread", seen: at(5) },
      { event: "channel", channel_id: "22", guild_id: "11", name: "general" },
    ]);
    await store.apply([
      { event: "channel", channel_id: "50", guild_id: "11", name: "old", kind: "thread", seen: at(4) },
    ]);
    expect(await store.channels()).toEqual([
      { channel_id: "22", guild_id: "11", parent_channel_id: null, name: "general", kind: null },
      { channel_id: "50", guild_id: "11", parent_channel_id: "22", name: "new", kind: "thread" },
    ]);
  });

  it("moves cursors together with the messages", async () => {
    const store = await fresh();
    await store.apply([
      message(1),
      { event: "cursor", name: "backfill:22", value: "7" },
      { event: "cursor", name: "a", value: "b" },
    ]);
    expect(await store.cursor("backfill:22")).toBe("7");
    expect([...(await store.cursors("backfill:"))]).toEqual([["backfill:22", "7"]]);
    // A batch that is refused moves nothing.
    const bad = [message(2), { event: "cursor", name: "a", value: "c" }, { event: "shout" }] as unknown as StoreEvent[];
    await expect(store.apply(bad)).rejects.toMatchObject({ code: "GM_STORE_BAD_EVENT", kind: "usage" });
    expect(await store.problems(bad)).toMatchObject([{ index: 2 }]);
    expect(await store.cursor("a")).toBe("b");
    await store.apply([{ event: "cursor", name: "a", value: null }]);
    expect(await store.cursor("a")).toBeNull();
    expect(await store.counts()).toMatchObject({ messages: 1, cursors: 1 });
  });

  it("remembers keys with their results until they expire", async () => {
    const store = await fresh();
    const first = await store.apply([message(1)], { key: "k", now: 1000, keyTtl: 500 });
    expect(await store.apply([message(1)], { key: "k", now: 1400 })).toEqual({ ...first, replayed: true });
    await expect(store.apply([message(2)], { key: "k", now: 1400 })).rejects.toMatchObject({
      code: "GM_STORE_KEY_REUSED",
    });
    expect(await store.apply([message(2)], { key: "k", now: 1500 })).toMatchObject({ inserted: 1, replayed: false });
    expect(await store.counts()).toMatchObject({ messages: 2, keys: 1 });
  });

  it("does one batch once when its key comes many times at once", async () => {
    const store = await fresh();
    const batch = Array.from({ length: 50 }, (_, second) => message(second));
    const results = await Promise.all(Array.from({ length: 8 }, () => store.apply(batch, { key: "same" })));
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(results.every(({ inserted }) => inserted === 50)).toBe(true);
  });

  it("takes overlapping batches from many sides at once", async () => {
    const store = await fresh();
    const batches = Array.from({ length: 24 }, (_, i) =>
      Array.from({ length: 40 }, (_, j) => message((i * 17 + j * 7) % 200)),
    );
    await Promise.all(batches.map((batch) => store.apply(batch)));
    const wanted = new Set(batches.flat().map(({ message_id }) => message_id));
    expect((await store.counts()).messages).toBe(wanted.size);
  });

  it("shows one moment in a snapshot, and what changed by the state of its channel", async () => {
    const store = await fresh();
    await store.apply([message(1), message(2, { channel_id: "5", content: 'x, "y"\n' }), message(3, { content: "" })]);
    await store.apply([message(4, { author_bot: true })]);
    const before = await store.snapshot();
    const states = await before.states();
    expect(states.map(({ channel_id, messages }) => [channel_id, messages])).toEqual([
      ["5", 1],
      ["22", 3],
    ]);
    await store.apply([message(9), { event: "delete", message_ids: [id(1)] }]);
    expect(await before.states()).toEqual(states);
    const path = join(folder, `${kind.name}.csv`);
    expect((await before.writeCsv(path, { channels: ["5", "22"] })).rows).toBe(4);
    const head = "message_id,message_reference_message_id,guild_id,channel_id,author_id,author_bot,content,timestamp";
    expect(readFileSync(path, "utf8").split("\n").slice(0, 4)).toEqual([
      head,
      `${id(2)},,11,5,33,false,"x, ""y""`,
      `",2020-01-01T00:00:02.000+00:00`,
      `${id(1)},,11,22,33,false,said at 1,2020-01-01T00:00:01.000+00:00`,
    ]);
    expect(readFileSync(path, "utf8")).toContain(`${id(3)},,11,22,33,false,"",2020`);
    const spoken = await before.writeCsv(path, { channels: null, spoken: true });
    expect(spoken.rows).toBe(2);
    await before.close();
    const after = await store.snapshot();
    const [same, changed] = await after.states();
    expect(same).toEqual(states[0]);
    expect(changed?.state).not.toBe(states[1]?.state);
    expect(after.storeId).toBe(before.storeId);
    await after.close();
  });

  it("can be read while it is written, and refuses writes when opened for reading", async () => {
    const place = await kind.place();
    const writer = await openStore(place);
    open.push(writer);
    await writer.apply([message(1)]);
    const reader = await openStore(place, { readOnly: true });
    open.push(reader);
    await Promise.all([writer.apply([message(2)]), reader.messages({})]);
    expect(await texts(reader)).toHaveLength(2);
    await expect(reader.apply([message(3)])).rejects.toMatchObject({ code: "GM_STORE_READ_ONLY" });
    await reader.ping();
  });

  it("says what is missing, and is closed once it is closed", async () => {
    await expect(openStore(await kind.place(), { create: false })).rejects.toMatchObject({ code: "GM_STORE_MISSING" });
    const store = await openStore(await kind.place());
    await store.close();
    await expect(store.apply([message(1)])).rejects.toMatchObject({ code: "GM_CLOSED" });
    await expect(store.counts()).rejects.toMatchObject({ code: "GM_CLOSED" });
    await store.close();
  });
});
