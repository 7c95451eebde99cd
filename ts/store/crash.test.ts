import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openStore } from "./index.ts";
import { batchOf, checkBatches } from "./test/numbered.ts";
import { NO_POSTGRES, postgresPrograms, startPostgres } from "./test/postgres-server.ts";

const WRITER = fileURLToPath(new URL("test/writer.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gristmill-crash-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How often a writer, or the server, is killed. More by hand: `GRISTMILL_TEST_KILLS=200`. */
const KILLS = Number(process.env.GRISTMILL_TEST_KILLS ?? 3);

/** Runs a writer until it has acknowledged so many batches, then kills it with no warning. */
async function killedWriter(place: string, from: number, batches: number): Promise<number[]> {
  const child = spawn(process.execPath, ["--import", "tsx", WRITER, place, String(from)], { stdio: "pipe" });
  const acknowledged: number[] = [];
  let complaint = "";
  child.stderr.on("data", (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  let rest = "";
  child.stdout.on("data", (bytes: Buffer) => {
    const lines = (rest + bytes.toString()).split("\n");
    rest = lines.pop() ?? "";
    acknowledged.push(...lines.map(Number));
    if (acknowledged.length >= batches) child.kill("SIGKILL");
  });
  await new Promise((resolve) => child.once("close", resolve));
  if (child.signalCode !== "SIGKILL") throw new Error(`the writer ended by itself: ${complaint}`);
  return acknowledged;
}

describe("what was acknowledged is there", () => {
  it("after kills of the process that writes SQLite", { timeout: 60_000 + KILLS * 5_000 }, async () => {
    const place = join(folder, "messages.db");
    const acknowledged: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      acknowledged.push(...(await killedWriter(place, acknowledged.length * 2, 3 + ((kill * 37) % 90))));
      const store = await openStore(place, { create: false });
      expect(await checkBatches(store, acknowledged)).toBeGreaterThanOrEqual(new Set(acknowledged).size);
      await store.close();
    }
  });

  const programs = postgresPrograms();
  if (programs === null) process.stderr.write(`skipped for Postgres: ${NO_POSTGRES}\n`);
  it.skipIf(programs === null)(
    "after crashes of Postgres, and every batch is there once its writer got through",
    { timeout: 60_000 + KILLS * 10_000 },
    async () => {
      const server = await startPostgres(programs ?? "");
      try {
        const store = await openStore(await server.database());
        const acknowledged = new Set<number>();
        let stop = false;
        const writers = Array.from({ length: 4 }, async (_, writer) => {
          for (let number = writer; !stop; number += 4) {
            // As a client does: the same batch under the same key until it is confirmed.
            for (;;) {
              try {
                await store.apply(batchOf(number), { key: `batch-${number}` });
                break;
              } catch (error) {
                expect(error).toMatchObject({ code: "GM_STORE_UNAVAILABLE" });
                expect(String(error)).not.toContain("very-secret");
                await new Promise((resolve) => setTimeout(resolve, 20));
              }
            }
            acknowledged.add(number);
          }
        });
        const settled = Promise.all(writers);
        for (let crash = 0; crash < Math.min(KILLS, 100); crash++) {
          const before = acknowledged.size;
          while (acknowledged.size < before + 10) {
            await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 5))]);
          }
          await server.crash();
          await server.start();
        }
        stop = true;
        await settled;
        expect(await checkBatches(store, acknowledged)).toBe(acknowledged.size);
        await store.close();
      } finally {
        await server.stop();
      }
    },
  );
});
