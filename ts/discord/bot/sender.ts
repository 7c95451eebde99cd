import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { type Backoff, backoff, pause } from "../backoff.ts";
import { sha256 } from "../signature.ts";
import type { Spool, SpoolBatch } from "../spool/spool.ts";
import type { Target } from "./target.ts";

export interface SenderOptions {
  spool: Spool;
  target: Target;
  /** Where events go that are never taken. */
  folder: string;
  /** Sent at so many events or after so long. Default 100 and 1 s, as the specification has it. */
  batchEvents?: number;
  batchMs?: number;
  onRetry?: (why: string, waitMs: number) => void;
  onRejected?: (count: number, message: string) => void;
  random?: () => number;
}

/** Sends what is in the spool, in order, each batch until it is taken. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #wait: Backoff;
  sent = 0;
  retries = 0;
  rejected = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#wait = backoff({ ...(options.random && { random: options.random }) });
  }

  /** Runs until the signal fires; fails for what no further attempt mends. */
  async run(signal: AbortSignal): Promise<void> {
    const { spool, batchEvents = 100, batchMs = 1_000 } = this.#options;
    while (!signal.aborted) {
      await spool.waitForMore(signal);
      if (spool.length < batchEvents && spool.oldestAge < batchMs) await pause(batchMs - spool.oldestAge, signal);
      if (!signal.aborted) await this.#sendOne(batchEvents, signal);
    }
  }

  /** Sends what is there without waiting for more; gives up at the first refusal or when the signal fires. */
  async drain(signal: AbortSignal): Promise<void> {
    while (this.#options.spool.length > 0 && !signal.aborted) {
      const before = this.retries;
      await this.#sendOne(this.#options.batchEvents ?? 100, signal, true);
      if (this.retries > before) return;
    }
  }

  async #sendOne(most: number, signal: AbortSignal, once = false): Promise<void> {
    const { spool, target } = this.#options;
    const batch = await spool.read(most);
    let texts = batch.texts;
    let taken = false;
    while (texts.length > 0 && !signal.aborted) {
      const body = Buffer.from(`[${texts.join(",")}]`);
      const found = await target.send(body, keyOf(batch, body));
      taken = found.done;
      if (found.done) break;
      if (found.retry) {
        this.retries += 1;
        if (once) return;
        const wait = this.#wait.next(found.afterMs);
        this.#options.onRetry?.(found.why, wait);
        await pause(wait, signal);
      } else texts = await this.#setAside(texts, found.problems);
    }
    if (!taken && texts.length > 0) return;
    this.#wait.reset();
    await spool.acknowledge(batch);
    this.sent += texts.length;
  }

  /** Keeps what is never taken, with the reason, and gives what is left. */
  async #setAside(
    texts: readonly string[],
    problems: readonly { index: number; message: string }[],
  ): Promise<string[]> {
    const bad = new Map(problems.map(({ index, message }) => [index, message]));
    const lines = texts.flatMap((text, index) => {
      const reason = bad.get(index);
      return reason === undefined ? [] : [`${JSON.stringify({ reason, event: JSON.parse(text) as unknown })}\n`];
    });
    // A refusal that names nothing in the batch is of the batch.
    if (lines.length === 0)
      lines.push(...texts.map((event) => `${JSON.stringify({ reason: problems[0]?.message ?? "", event })}\n`));
    await appendFile(join(this.#options.folder, "rejected.jsonl"), lines.join(""));
    this.rejected += lines.length;
    this.#options.onRejected?.(lines.length, problems[0]?.message ?? "");
    return bad.size === 0 || lines.length === texts.length ? [] : texts.filter((_, index) => !bad.has(index));
  }
}

/** The same for the same batch after a restart; another for another one. */
function keyOf({ start }: SpoolBatch, body: Buffer): string {
  return `${start.segment}-${start.offset}-${sha256(body).slice(0, 32)}`;
}
