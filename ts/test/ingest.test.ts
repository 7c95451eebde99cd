import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { signedHeaders } from "../discord/index.ts";
import { freePort, LongRun, storedMessages } from "./capture-process.ts";
import { addon } from "./cli-process.ts";

/** `GRISTMILL_INGEST_KILLS=1000` for the whole proof; a few in every run of the suite. */
const KILLS = Number(process.env.GRISTMILL_INGEST_KILLS ?? 4);
const SECRET = "0123456789abcdef0123456789abcdef";
const NEXT = "fedcba9876543210fedcba9876543210";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), "gm-ingest-"));
  closing.push(async () => rmSync(folder, { recursive: true, force: true }));
  const database = join(folder, "messages.db");
  const keys = join(folder, "keys");
  writeFileSync(keys, `hmac bot ${SECRET}\n`);
  const port = await freePort();
  const run = new LongRun(["serve", "--store", database, "--keys", keys, "--port", String(port)], {});
  closing.push(() => run.kill());
  run.start();
  await expect.poll(() => run.events("listening").length, { timeout: 30_000 }).toBe(1);
  return { run, database, keys, url: `http://127.0.0.1:${port}/v1/messages` };
}

const BEGIN = 1_500_000_000_000_000_000n;
const idOf = (n: number): string => (BEGIN + BigInt(n)).toString();

async function post(url: string, numbers: readonly number[], key = "", secret = SECRET): Promise<Response> {
  const events = numbers.map((n) => ({
    event: "message",
    message_id: idOf(n),
    guild_id: "1",
    channel_id: "2",
    author_id: "3",
    author_bot: false,
    content: `row ${n}`,
  }));
  const body = Buffer.from(JSON.stringify(events));
  const signed = { method: "POST", path: "/v1/messages", body, idempotencyKey: key, now: Date.now() };
  const headers = { ...signedHeaders({ id: "bot", secret }, signed), "content-type": "application/json" };
  return fetch(url, { method: "POST", body, headers });
}

const range = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);

describe.skipIf(!addon)("the ingest server with SQLite", () => {
  it("holds the exact set after batches sent one to five times in random order", async () => {
    const { url, database } = await setUp();
    const sendings = range(0, 40).flatMap((batch) =>
      range(0, 1 + Math.floor(Math.random() * 5)).map((time) => ({
        // Cut anew now and then, so that rows come in other company.
        from: batch * 20 + (time === 4 && batch < 39 ? 10 : 0),
        key: time % 2 === 0 && time < 4 ? `batch-${batch}` : "",
      })),
    );
    for (let i = sendings.length - 1; i > 0; i -= 1) {
      const j = Math.floor(Math.random() * (i + 1));
      [sendings[i], sendings[j]] = [sendings[j] as (typeof sendings)[0], sendings[i] as (typeof sendings)[0]];
    }
    let inserted = 0;
    await Promise.all(
      range(0, 8).map(async () => {
        for (let next = sendings.pop(); next !== undefined; next = sendings.pop()) {
          const answer = await post(url, range(next.from, 20), next.key);
          expect(answer.status).toBe(200);
          const counts = (await answer.json()) as { inserted: number; ignored: number; replayed: boolean };
          expect(counts.inserted + counts.ignored).toBe(20);
          if (!counts.replayed) inserted += counts.inserted;
        }
      }),
    );
    expect(inserted).toBe(800);
    expect([...(await storedMessages(database)).keys()]).toEqual(range(0, 800).map(idOf));
  });

  it(
    `has every acknowledged row once after ${KILLS} kills under load`,
    async () => {
      const { run, url, database } = await setUp();
      const acknowledged = new Set<string>();
      let next = 0;
      let stopping = false;
      const senders = range(0, 4).map(async () => {
        while (!stopping) {
          const rows = range(next, 10);
          next += 10;
          // As a client that remembers what was not acknowledged.
          for (let done = false; !done; ) {
            done = await post(url, rows, `rows-${rows[0]}`).then(
              ({ status }) => status === 200,
              () => false,
            );
            if (!done) await new Promise((resolve) => setTimeout(resolve, 50));
          }
          for (const n of rows) acknowledged.add(idOf(n));
        }
      });
      for (let kill = 0; kill < KILLS; kill += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
        await run.kill();
        const found = await storedMessages(database);
        expect([...acknowledged].filter((id) => !found.has(id))).toEqual([]);
        run.start();
        await expect.poll(() => run.events("listening").length, { timeout: 30_000 }).toBe(kill + 2);
      }
      stopping = true;
      await Promise.all(senders);
      expect([...(await storedMessages(database)).keys()].sort()).toEqual([...acknowledged].sort());
      expect(acknowledged.size).toBeGreaterThan(100);
    },
    60_000 + KILLS * 10_000,
  );

  it("takes new keys at a SIGHUP, answers what it has at a SIGTERM, and logs no secret", async () => {
    const { run, url, keys } = await setUp();
    expect((await post(url, [1])).status).toBe(200);
    writeFileSync(keys, `hmac bot ${NEXT}\n`);
    run.hangUp();
    await expect.poll(() => run.events("keys_reloaded").length, { timeout: 10_000 }).toBe(1);
    expect((await post(url, [2])).status).toBe(401);
    expect((await post(url, [2], "", NEXT)).status).toBe(200);
    const last = post(url, range(3, 500), "", NEXT);
    expect((await last).status).toBe(200);
    expect(await run.stop()).toBe(0);
    expect(run.events("stopped").length).toBe(1);
    expect(run.stderr).not.toMatch(new RegExp(`${SECRET}|${NEXT}|row 1`));
  });
});
