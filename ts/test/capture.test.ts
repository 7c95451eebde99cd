import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openStore } from "../store/index.ts";
import { freePort } from "../store/test/free-port.ts";
import { LongRun, storedMessages } from "./capture-process.ts";
import { addon, expectFailure, gristmill } from "./cli-process.ts";
import { FakeDiscord } from "./fake-discord/fake-discord.ts";
import { GUILD, TOKEN } from "./fake-discord/world.ts";

/** `GRISTMILL_CAPTURE_KILLS=100` for the whole proof; a few in every run of the suite. */
const KILLS = Number(process.env.GRISTMILL_CAPTURE_KILLS ?? 5);
const SECRET = "0123456789abcdef0123456789abcdef";
const WAIT = { timeout: 20_000, interval: 100 };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), "gm-capture-"));
  closing.push(async () => rmSync(folder, { recursive: true, force: true }));
  const discord = await FakeDiscord.start();
  closing.push(() => discord.fall());
  const database = join(folder, "messages.db");
  const common = ["--guild", GUILD, "--spool", join(folder, "spool"), "--discord-api", discord.api];
  const bot = (...more: string[]): LongRun => {
    const run = new LongRun(["capture", ...common, ...more], {
      DISCORD_TOKEN: TOKEN,
      GRISTMILL_INGEST_KEYS: `hmac bot ${SECRET}`,
    });
    closing.push(() => run.kill());
    return run;
  };
  const server = async (): Promise<{ run: LongRun; url: string }> => {
    const port = await freePort();
    const keys = join(folder, "keys");
    writeFileSync(keys, `hmac bot ${SECRET}\n`);
    const run = new LongRun(["serve", "--store", database, "--keys", keys, "--port", String(port)], {});
    closing.push(() => run.kill());
    return { run, url: `http://127.0.0.1:${port}` };
  };
  return { folder, discord, database, bot, server };
}

/** What the store must hold, by id. */
function truth(discord: FakeDiscord): Record<string, string> {
  return Object.fromEntries([...discord.world.messages.values()].map(({ id, content }) => [id, content]));
}

async function stored(database: string): Promise<Record<string, string | null>> {
  const messages = await storedMessages(database).catch(() => new Map());
  return Object.fromEntries([...messages.values()].map(({ message_id, content }) => [message_id, content]));
}

describe.skipIf(!addon)("capture", () => {
  it("stores what is written, edited, deleted and answered, and nothing else", async () => {
    const { discord, database, bot, folder } = await setUp();
    const { world } = discord;
    const past = world.channel("general", 0, null, Date.now() - 3_600_000);
    world.say(past.id, "before the bot was there", {}, Date.now() - 3_000_000);
    const run = bot("--store", database);
    run.start();
    await expect.poll(() => run.events("connected").length, WAIT).toBe(1);
    await expect.poll(() => discord.rest.calls.some(({ path }) => path.includes("/messages")), WAIT).toBe(true);
    const first = world.say(past.id, "hello");
    const answer = world.reply(first, "hi");
    const pinned = world.say(past.id, "", { type: 6, message_reference: { message_id: first.id } });
    const forward = world.say(past.id, "look", { type: 19, message_reference: { type: 1, message_id: first.id } });
    const hook = world.say(past.id, "news", { webhook_id: "5" });
    const gone = world.say(past.id, "oops");
    const many = ["a", "b", "c"].map((text) => world.say(past.id, text));
    world.edit(first.id, "hello, all");
    world.remove([gone.id]);
    world.remove(many.map(({ id }) => id));
    const thread = world.channel("a thread", 11, past.id);
    const inside = world.say(thread.id, "in the thread");
    discord.gateway.tell("MESSAGE_CREATE", {
      ...first,
      id: world.id(),
      guild_id: undefined,
      content: "a direct message",
    });
    discord.gateway.tell("MESSAGE_CREATE", { ...first, id: world.id(), guild_id: "99", content: "another guild" });
    const wanted = [first, answer, pinned, forward, hook, inside].map(({ id }) => id);
    await expect.poll(async () => Object.keys(await stored(database)), WAIT).toEqual(wanted);
    const found = await storedMessages(database);
    expect(found.get(first.id)).toMatchObject({ content: "hello, all", guild_id: GUILD, author_bot: false });
    expect(found.get(first.id)?.edited).toMatch(/^\d{4}-.*(Z|\+00:00)$/);
    expect(wanted.map((id) => found.get(id)?.message_reference_message_id)).toEqual([
      null,
      first.id,
      null,
      null,
      null,
      null,
    ]);
    expect(found.get(hook.id)?.author_bot).toBe(true);
    for (const [id, { timestamp }] of found) {
      expect(Date.parse(timestamp)).toBe(Number((BigInt(id) >> 22n) + 1_420_070_400_000n));
      expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|\+00:00)$/);
    }
    expect(await run.stop()).toBe(0);
    const store = await openStore(database, { readOnly: true });
    expect(await store.channels()).toMatchObject([
      { channel_id: past.id, name: "general", kind: "text" },
      { channel_id: thread.id, name: "a thread", kind: "thread", parent_channel_id: past.id },
    ]);
    expect(await store.counts()).toMatchObject({ deleted: 4 });
    await store.close();
    // Neither text of messages nor the token is in what was logged or is remembered.
    const remembered = readFileSync(join(folder, "spool", "state.json"), "utf8");
    expect(run.stderr + remembered).not.toMatch(/hello|in the thread|fake\.token/);
  });

  it("takes the session up again after a restart, and asks for the gap when that is refused", async () => {
    const { discord, database, bot } = await setUp();
    const { world } = discord;
    const channel = world.channel("general");
    const run = bot("--store", database);
    run.start();
    await expect.poll(() => run.events("connected").length, WAIT).toBe(1);
    const gone = world.say(channel.id, "one");
    await expect.poll(() => stored(database), WAIT).toEqual(truth(discord));
    // The state is written each second.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await run.kill();
    world.say(channel.id, "while it was away");
    world.remove([gone.id]);
    run.start();
    await expect.poll(() => run.events("connected").map(({ session }) => session), WAIT).toEqual(["new", "resumed"]);
    await expect.poll(() => stored(database), WAIT).toEqual(truth(discord));
    await run.stop();
    for (let i = 0; i < 250; i += 1) world.say(channel.id, `gap ${i}`);
    await discord.fall();
    await discord.rise();
    discord.rest.faults = { failing: 0.2, slow: 0.2, limited: 0.2 };
    run.start();
    await expect.poll(() => stored(database), WAIT).toEqual(truth(discord));
    expect(run.events("connected").map(({ session }) => session)).toEqual(["new", "resumed", "new"]);
    expect(discord.rest.impolite).toBeLessThanOrEqual(1);
  });

  it("brings the past of channels and of archived threads, page by page, also when killed", async () => {
    const { discord, database, bot } = await setUp();
    const { world } = discord;
    const start = Date.now() - 10_000_000;
    const channel = world.channel("general", 0, null, start);
    for (let i = 0; i < 1_050; i += 1) world.say(channel.id, `old ${i}`, {}, start + i * 1_000);
    for (let i = 0; i < 5; i += 1) {
      const thread = world.channel(`thread ${i}`, 11, channel.id);
      thread.thread_metadata = { archived: true, archive_timestamp: new Date(Date.now() - i * 60_000).toISOString() };
      world.say(thread.id, `in thread ${i}`);
    }
    const run = bot("--store", database, "--history", "all");
    run.start();
    await expect.poll(() => run.events("history").length, WAIT).toBeGreaterThan(2);
    await run.kill();
    const before = discord.rest.calls.filter(({ path }) => path.includes("/messages")).length;
    run.start();
    await expect.poll(() => stored(database), WAIT).toEqual(truth(discord));
    // Not from the beginning: pages that were in the spool are not asked for again.
    const pages = discord.rest.calls.filter(({ path }) => path.startsWith(`/channels/${channel.id}/messages`)).length;
    expect(pages).toBeLessThan(11 + before);
    expect(run.events("history").at(-1)).toMatchObject({ finished: true, share: 1 });
  });

  it("erases what members wrote who opt out, and takes nothing more of them until they opt in", async () => {
    const { discord, database, bot, folder } = await setUp();
    const { world } = discord;
    const list = join(folder, "opted-out");
    writeFileSync(list, "# asked by mail\n7000 # someone\n");
    const channel = world.channel("general");
    const run = bot("--store", database, "--opt-out-file", list);
    run.start();
    await expect.poll(() => discord.rest.calls.filter(({ path }) => path.endsWith("/commands")).length, WAIT).toBe(2);
    const by = (id: string, content: string) => world.say(channel.id, content, { author: { id, username: "x" } });
    by("7000", "of the list");
    by("8000", "first");
    const kept = by("9000", "of another");
    await expect.poll(async () => Object.values(await stored(database)), WAIT).toEqual(["first", "of another"]);
    const interact = (name: string) =>
      discord.gateway.tell("INTERACTION_CREATE", {
        id: world.id(),
        token: "interaction-token",
        type: 2,
        data: { name },
        guild_id: GUILD,
        member: { user: { id: "8000" } },
      });
    interact("capture-opt-out");
    await expect.poll(() => stored(database), WAIT).toEqual({ [kept.id]: "of another" });
    await expect
      .poll(() => discord.rest.calls.some(({ path, status }) => path.endsWith("/callback") && status === 204), WAIT)
      .toBe(true);
    by("8000", "second");
    await run.kill();
    run.start();
    await expect.poll(() => run.events("connected").length, WAIT).toBe(2);
    by("8000", "third");
    const last = by("9000", "last");
    await expect.poll(() => stored(database), WAIT).toEqual({ [kept.id]: "of another", [last.id]: "last" });
    interact("capture-opt-in");
    const again = by("8000", "again");
    await expect.poll(async () => (await stored(database))[again.id], WAIT).toBe("again");
    expect(Object.values(await stored(database))).toEqual(["of another", "last", "again"]);
    // The list is read again when it changes; one that makes no sense ends nothing.
    writeFileSync(list, "7000\nnobody\n");
    await expect.poll(() => run.events("warning").map(({ code }) => code), WAIT).toEqual(["GM_CAPTURE_LIST"]);
    writeFileSync(list, "7000\n9000\n");
    await expect.poll(async () => Object.values(await stored(database)), WAIT).toEqual(["again"]);
  });

  it("ends in good order whenever it is asked to, also while it connects", async () => {
    const { discord, database, bot } = await setUp();
    discord.rest.faults = { failing: 0, slow: 1, limited: 0 };
    discord.gateway.faults = { missed: 0, invalid: 0, slowMs: 300 };
    const run = bot("--store", database);
    for (let start = 0; start < 8; start += 1) {
      run.start();
      await expect.poll(() => run.events("started").length, { ...WAIT, interval: 10 }).toBe(start + 1);
      await new Promise((resolve) => setTimeout(resolve, start * 150));
      expect(await run.stop(), `asked ${start * 150} ms after the start`).toBe(0);
      expect(run.events("stopped").length).toBe(start + 1);
    }
    await expect.poll(() => discord.gateway.connected, WAIT).toBe(0);
    expect(run.events("connected").length).toBeGreaterThan(0);
  });

  it("says what is wrong with the token, the intents and the options", async () => {
    const { discord, bot } = await setUp();
    const env = { DISCORD_TOKEN: "" };
    expectFailure(await gristmill(["capture", "--guild", "1", "--store", "x.db"], { env }), 2, "GM_CAPTURE_NO_TOKEN");
    const wrong = { DISCORD_TOKEN: "wrong.token.xyz" };
    const spool = mkdtempSync(join(tmpdir(), "gm-spool-"));
    closing.push(async () => rmSync(spool, { recursive: true }));
    const args = [
      "capture",
      "--guild",
      "1",
      "--store",
      join(spool, "x.db"),
      "--spool",
      join(spool, "s"),
      "--discord-api",
      discord.api,
    ];
    const failed = await gristmill(args, { env: wrong });
    expectFailure(failed, 1, "GM_CAPTURE_BAD_TOKEN");
    expect(failed.stderr).not.toContain("wrong.token");
    expectFailure(await gristmill(["capture", "--store", "x.db"], { env: wrong }), 2, "GM_CAPTURE_BAD_OPTIONS");
    expectFailure(
      await gristmill(["capture", "--guild", "me", "--store", "x.db"], { env: wrong }),
      2,
      "GM_CAPTURE_BAD_OPTIONS",
    );
    discord.gateway.refuseWith = 4014;
    const run = bot("--store", join(spool, "y.db"));
    run.start();
    expect(await run.exit()).toBe(1);
    expect(run.stderr).toContain("GM_CAPTURE_INTENTS");
    expectFailure(
      await gristmill(["serve", "--store", join(spool, "z.db")], { env: { GRISTMILL_INGEST_KEYS: "" } }),
      2,
      "GM_INGEST_NO_KEYS",
    );
    expectFailure(await gristmill(["serve"], { env: { DATABASE_URL: "" } }), 2, "GM_CLI_USAGE");
  });

  it(
    `has every message exactly once after ${KILLS} random kills of bot, server and Discord`,
    async () => {
      const { discord, database, bot, server } = await setUp();
      const { world } = discord;
      const channels = ["general", "random", "help"].map((name) => world.channel(name));
      const { run: ingest, url } = await server();
      const run = bot("--post", url);
      ingest.start();
      run.start();
      await expect.poll(() => run.events("started").length, WAIT).toBe(1);
      discord.rest.faults = { failing: 0.1, slow: 0.1, limited: 0.1 };
      discord.gateway.faults = { missed: 0.05, invalid: 0.3 };
      const said: string[] = [];
      const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;
      const traffic = setInterval(() => {
        const channel = pick(channels).id;
        said.push(world.say(channel, `message ${said.length}`).id);
        if (Math.random() < 0.1) world.edit(pick(said), `edited ${Math.random()}`);
        if (Math.random() < 0.01) discord.gateway.reconnect();
        if (Math.random() < 0.01) discord.gateway.cut();
      }, 10);
      const victims: Record<string, number> = {};
      const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
      for (let kill = 0; kill < KILLS; kill += 1) {
        await pause(300 + Math.random() * 1_500);
        const victim = kill < 3 ? (["bot", "server", "Discord"][kill] ?? "") : pick(["bot", "server", "Discord"]);
        victims[victim] = (victims[victim] ?? 0) + 1;
        const down = Math.random() * 500;
        if (victim === "Discord") {
          await discord.fall();
          await pause(down);
          await discord.rise();
        } else {
          const process = victim === "bot" ? run : ingest;
          await process.kill();
          await pause(down);
          process.start();
        }
      }
      clearInterval(traffic);
      // What the gateway kept silent about comes with the next session.
      discord.rest.faults = { failing: 0, slow: 0, limited: 0 };
      discord.gateway.faults = { missed: 0, invalid: 0 };
      await run.kill();
      await discord.fall();
      await discord.rise();
      run.start();
      await expect
        .poll(async () => Object.keys(await stored(database)).length, { ...WAIT, timeout: 60_000 + KILLS * 1_000 })
        .toBe(said.length);
      await expect.poll(() => stored(database), WAIT).toEqual(truth(discord));
      expect(said.length).toBeGreaterThan(100);
      expect(await run.stop()).toBe(0);
      expect(await ingest.stop()).toBe(0);
      expect(run.events("warning"), JSON.stringify(victims)).toEqual([]);
      if (KILLS > 20) process.stderr.write(`${said.length} messages, killed: ${JSON.stringify(victims)}\n`);
    },
    120_000 + KILLS * 10_000,
  );
});
