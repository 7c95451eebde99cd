import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { NO_POSTGRES, postgresPrograms, startPostgres } from "../store/test/postgres-server.ts";
import { storedMessages } from "./capture-process.ts";
import { addon } from "./cli-process.ts";
import { idOf, post, range, SECRET, Senders, startIngest } from "./ingest-process.ts";

/** `GRISTMILL_INGEST_KILLS=1000` for the whole proof; a few in every run of the suite. */
const KILLS = Number(process.env.GRISTMILL_INGEST_KILLS ?? 4);
const NEXT = "fedcba9876543210fedcba9876543210";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), "gm-ingest-"));
  closing.push(async () => rmSync(folder, { recursive: true, force: true }));
  const database = join(folder, "messages.db");
  const server = await startIngest(database);
  closing.push(server.close);
  return { ...server, database };
}

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
      const senders = new Senders(url, 4);
      const { acknowledged } = senders;
      for (let kill = 0; kill < KILLS; kill += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
        await run.kill();
        const found = await storedMessages(database);
        expect([...acknowledged].filter((id) => !found.has(id))).toEqual([]);
        run.start();
        await expect.poll(() => run.events("listening").length, { timeout: 30_000 }).toBe(kill + 2);
      }
      await senders.stop();
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

const programs = postgresPrograms();
if (programs === null) process.stderr.write(`skipped for Postgres: ${NO_POSTGRES}\n`);
describe.skipIf(!addon || programs === null)("the ingest server with Postgres", () => {
  it(
    "stays up while Postgres crashes and comes again, and has every acknowledged row once",
    async () => {
      const postgres = await startPostgres(programs ?? "");
      closing.push(() => postgres.stop());
      const database = await postgres.database();
      const server = await startIngest(database);
      closing.push(server.close);
      const senders = new Senders(server.url, 4);
      let crashes = 0;
      // By hand for ten minutes: GRISTMILL_INGEST_KILLS=120.
      for (; crashes < Math.ceil(KILLS / 2); crashes += 1) {
        const before = senders.acknowledged.size;
        await expect.poll(() => senders.acknowledged.size, { timeout: 10_000 }).toBeGreaterThan(before + 100);
        if (KILLS > 10) await new Promise((resolve) => setTimeout(resolve, 4_000));
        await postgres.crash();
        await postgres.start();
      }
      const before = senders.acknowledged.size;
      await expect.poll(() => senders.acknowledged.size, { timeout: 10_000 }).toBeGreaterThan(before + 100);
      await senders.stop();
      expect([...(await storedMessages(database)).keys()].sort()).toEqual([...senders.acknowledged].sort());
      // Neither a crash of the server nor a refusal for good.
      expect([...senders.answers.keys()].filter((status) => ![200, 429, 503].includes(status))).toEqual([]);
      expect(server.run.stderr).not.toContain("very-secret");
      expect(await server.run.stop()).toBe(0);
    },
    60_000 + KILLS * 15_000,
  );
});
