import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { signedHeaders } from "../discord/index.ts";
import { freePort } from "../store/test/free-port.ts";
import { LongRun } from "./capture-process.ts";

/** The secret that an ingest server of the tests starts with. */
export const SECRET = "0123456789abcdef0123456789abcdef";

export interface IngestProcess {
  run: LongRun;
  /** File of its keys. */
  keys: string;
  /** Where batches are posted. */
  url: string;
  close(): Promise<void>;
}

/** Starts `gristmill serve` before a store; ends when it listens. */
export async function startIngest(store: string): Promise<IngestProcess> {
  const folder = mkdtempSync(join(tmpdir(), "gm-ingest-"));
  const keys = join(folder, "keys");
  writeFileSync(keys, `hmac bot ${SECRET}\n`);
  const port = await freePort();
  const run = new LongRun(["serve", "--store", store, "--keys", keys, "--port", String(port)], {});
  run.start();
  await expect.poll(() => run.events("listening").length, { timeout: 30_000 }).toBe(1);
  const close = async (): Promise<void> => {
    await run.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  return { run, keys, url: `http://127.0.0.1:${port}/v1/messages`, close };
}

const BEGIN = 1_500_000_000_000_000_000n;

/** The id of message number n. */
export const idOf = (n: number): string => (BEGIN + BigInt(n)).toString();

export const range = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);

/** Posts the messages of these numbers as one signed batch. */
export async function post(url: string, numbers: readonly number[], key = "", secret = SECRET): Promise<Response> {
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

/** Clients that each send batch after batch, every one until it is acknowledged, under its own key. */
export class Senders {
  readonly acknowledged = new Set<string>();
  /** Answers by status; 0: no answer. */
  readonly answers = new Map<number, number>();
  #next = 0;
  #stopping = false;
  readonly #running: Promise<void>[];

  constructor(url: string, count: number) {
    this.#running = range(0, count).map(() => this.#send(url));
  }

  async #send(url: string): Promise<void> {
    while (!this.#stopping) {
      const rows = range(this.#next, 10);
      this.#next += 10;
      for (let done = false; !done; ) {
        const status = await post(url, rows, `rows-${rows[0]}`).then(
          (answer) => answer.status,
          () => 0,
        );
        this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
        done = status === 200;
        if (!done) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      for (const n of rows) this.acknowledged.add(idOf(n));
    }
  }

  /** Ends when the last batch of each is acknowledged. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
  }
}
