import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { type BuildResult, build, importMessages, openStore, readBatches } from "../api/index.ts";
import { storeKinds } from "../store/test/stores.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const chat = join(root, "..", "shared", "data", "chat");
const here = existsSync(chat);
if (!here) process.stderr.write("skipped: the shared chat data is not beside this repository\n");

const folder = mkdtempSync(join(tmpdir(), "gristmill-store-build-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tokenizer = join(root, "fixtures", "recipes", "discord", "tokenizer.json");
const STEPS = [
  "filter_messages",
  { build_dialogues: { speakers: 2 } },
  "clean_chat",
  { min_turns: 2 },
  { dedupe: { by: ["chain", "prefix"] } },
  { add_stats: { tokenizer } },
  "sort_by_richness",
];

function dialogues(source: Record<string, unknown>, out: string, overwrite = false): Promise<BuildResult> {
  const recipe = { name: "dialogues", sources: [source], steps: STEPS, outputs: ["dataset"] };
  return build(recipe, { out: join(folder, out), overwrite, reporter: null });
}

function data(out: string): Buffer {
  const [name = "", ...more] = readdirSync(join(folder, out, "data"));
  expect(more).toEqual([]);
  return readFileSync(join(folder, out, "data", name));
}

async function texts(out: string): Promise<string[]> {
  const rows: string[] = [];
  for await (const batch of readBatches(join(folder, out, "data"))) {
    rows.push(...batch.rows().map(({ text }) => String(text)));
  }
  return rows;
}

/** Tasks of the stage that reads, and how many of them were taken from an earlier build. */
function readTasks({ manifest }: BuildResult): { tasks: number; reused: number } {
  const { tasks = 0, reused = 0 } = manifest?.run.stages[0] ?? {};
  return { tasks, reused };
}

describe.runIf(here).each(storeKinds())("a data set from a store in $name", (kind) => {
  it("is byte for byte the one from the files, whatever their order", async () => {
    const place = await kind.place();
    const exports = join(chat, "export-*.json.gz");
    const first = await importMessages({ inputs: [exports], store: place });
    expect(first).toMatchObject({ rows: 28306, inserted: 28306, updated: 0, ignored: 0, refused: {}, unreadable: 0 });
    const again = await importMessages({ inputs: [join(chat, "messages.csv.gz")], store: place });
    expect(again).toMatchObject({ rows: 28306, inserted: 0, updated: 0, ignored: 28306 });

    const store = await openStore(place);
    const snapshot = await store.snapshot();
    const table = join(folder, `${kind.name}.csv`);
    await snapshot.writeCsv(table, { channels: null });
    await snapshot.close();
    expect(readFileSync(table).equals(gunzipSync(readFileSync(join(chat, "messages.csv.gz"))))).toBe(true);
    expect((await store.channels()).map(({ name }) => name).sort()).toEqual(["mediawiki", "rust", "ubuntu"]);

    await dialogues({ discord: exports }, `${kind.name}-exports`);
    await dialogues({ discord: join(chat, "messages.csv.gz") }, `${kind.name}-table`);
    const out = `${kind.name}-store`;
    const built = await dialogues({ store: place }, out);
    expect(built.rows).toBeGreaterThan(1000);
    expect(data(out).equals(data(`${kind.name}-exports`))).toBe(true);
    expect(data(out).equals(data(`${kind.name}-table`))).toBe(true);
    expect(readTasks(built)).toEqual({ tasks: 3, reused: 0 });
    expect((await dialogues({ store: place }, out)).upToDate).toBe(true);

    // One message deleted, one author gone: both in the same channel of three.
    const [victim] = await store.messages({ channel: "881819268666725046", limit: 1 });
    const author = "216866361535261461";
    const gone = [];
    for (const message of await store.messages({ channel: "881819268666725046" })) {
      if (message.author_id === author || message.message_id === victim?.message_id) gone.push(message.content ?? "");
    }
    const lines = (rows: string[]): string[] => rows.flatMap((row) => row.split("\n"));
    const unique = gone.filter((text) => text.length > 25);
    expect(lines(await texts(out)).filter((line) => unique.some((text) => line.includes(text)))).not.toEqual([]);
    const at = "2030-01-01T00:00:00Z";
    await store.apply([
      { event: "delete", message_ids: [victim?.message_id ?? ""] },
      { event: "opt_out", author_id: author, at },
    ]);
    const rebuilt = await dialogues({ store: place }, out, true);
    expect(readTasks(rebuilt)).toEqual({ tasks: 3, reused: 2 });
    expect(lines(await texts(out)).filter((line) => unique.some((text) => line.includes(text)))).toEqual([]);
    // The rows as they were read are gone from the folder of the build too.
    const staged = readdirSync(join(folder, out, ".gristmill", "store"));
    expect(staged).toHaveLength(3);
    for (const name of staged) {
      const held = readFileSync(join(folder, out, ".gristmill", "store", name), "utf8");
      expect(unique.filter((text) => held.includes(text))).toEqual([]);
    }
    // Coming again with an export they stay away.
    expect(await importMessages({ inputs: [exports], store: place })).toMatchObject({ inserted: 0, updated: 0 });
    expect((await dialogues({ store: place }, out)).upToDate).toBe(true);
    await store.close();
  });
});

describe("importing", () => {
  it("refuses a table of something else before a store is made", async () => {
    const path = join(folder, "other.csv");
    writeFileSync(path, "a,b\n1,2\n");
    const store = join(folder, "never.db");
    await expect(importMessages({ inputs: [path], store })).rejects.toMatchObject({ code: "GM_STORE_NO_COLUMN" });
    expect(existsSync(store)).toBe(false);
  });

  it("reads lists of the REST interface, with threads and the guild from outside", async () => {
    const list = [
      {
        id: "1213093409456128000",
        type: 0,
        channel_id: "5",
        author: { id: "9", username: "a" },
        content: "how?",
        timestamp: "2024-03-01T12:00:07.000000+00:00",
        edited_timestamp: null,
        thread: { id: "1213093409456128000", parent_id: "5", name: "how to", type: 11 },
      },
      {
        id: "1213093438816256000",
        type: 19,
        channel_id: "5",
        author: { id: "8", username: "b", bot: true },
        content: "so",
        timestamp: "2024-03-01T12:00:14.000000+00:00",
        edited_timestamp: "2024-03-01T12:01:00.000000+00:00",
        message_reference: { type: 0, message_id: "1213093409456128000", channel_id: "5" },
      },
      { id: "x", type: 0, channel_id: "5", author: { id: "8" }, content: "?", timestamp: "2024-03-01T12:00:14Z" },
    ];
    const path = join(folder, "list.json");
    writeFileSync(path, JSON.stringify(list));
    const place = join(folder, "rest.db");
    const result = await importMessages({ inputs: [path], store: place, guild: "7" });
    expect(result).toMatchObject({ rows: 3, inserted: 2, refused: { "id is no id": 1 } });
    const store = await openStore(place);
    expect(await store.messages({})).toMatchObject([
      { author_id: "9", author_bot: false, guild_id: "7", message_reference_message_id: null },
      {
        author_bot: true,
        message_reference_message_id: "1213093409456128000",
        edited: "2024-03-01T12:01:00.000+00:00",
      },
    ]);
    expect(await store.channels()).toMatchObject([
      { channel_id: "1213093409456128000", parent_channel_id: "5", name: "how to", kind: "thread" },
    ]);
    await store.close();
  });

  it("keeps later edits of a newer export and takes only what is new", async () => {
    const message = (id: string, content: string, edited: string | null) => ({
      id,
      type: "Default",
      timestamp: "2024-03-01T12:00:07.000+00:00",
      timestampEdited: edited,
      content,
      author: { id: "9", isBot: false },
    });
    const write = (name: string, messages: unknown[]): string => {
      const path = join(folder, name);
      const channel = { id: "6", type: "GuildPublicThread", categoryId: "5", name: "a thread" };
      writeFileSync(path, JSON.stringify({ guild: { id: "7" }, channel, messages, messageCount: messages.length }));
      return path;
    };
    const older = write("older.json", [message("1213093409456128000", "first", null)]);
    const newer = write("newer.json", [
      message("1213093409456128000", "edited", "2024-03-02T00:00:00+00:00"),
      message("1213093409456128001", "new", null),
    ]);
    const store = join(folder, "edits.db");
    expect(await importMessages({ inputs: [older], store })).toMatchObject({ inserted: 1 });
    expect(await importMessages({ inputs: [newer], store, dryRun: true })).toMatchObject({ rows: 2, inserted: 0 });
    expect(await importMessages({ inputs: [newer], store })).toMatchObject({ inserted: 1, updated: 1, ignored: 0 });
    expect(await importMessages({ inputs: [older], store })).toMatchObject({ inserted: 0, updated: 0, ignored: 1 });
    const opened = await openStore(store);
    expect((await opened.messages({})).map(({ content }) => content)).toEqual(["edited", "new"]);
    expect(await opened.channels()).toEqual([
      { channel_id: "6", guild_id: "7", parent_channel_id: "5", name: "a thread", kind: "GuildPublicThread" },
    ]);
    await opened.close();
  });
});
