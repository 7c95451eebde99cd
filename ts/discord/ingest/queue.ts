import { GristmillError } from "../../native/index.ts";
import type { Applied, MessageStore } from "../../store/index.ts";
import { Refused } from "./refused.ts";

export interface QueueOptions {
  /** Batches that may wait; more are refused, never dropped. */
  maxWaiting: number;
  /** Batches handed to the store at once. */
  writers: number;
  /** Called after each transaction. */
  onCommit?: (ms: number) => void;
}

interface Waiting {
  bytes: Uint8Array;
  key: string | undefined;
  resolve(applied: Applied): void;
  reject(error: unknown): void;
}

/** Batches on their way into the store, first come, first committed. */
export class IngestQueue {
  readonly #store: MessageStore;
  readonly #options: QueueOptions;
  readonly #waiting: Waiting[] = [];
  #writing = 0;
  /** Mean time of a transaction, smoothed; it says when to come back. */
  #commitMs = 5;
  #idle: (() => void)[] = [];

  constructor(store: MessageStore, options: QueueOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Batches that wait or are being written. */
  get length(): number {
    return this.#waiting.length + this.#writing;
  }

  /** Throws when there is no room, so that a body need not even be read. */
  checkRoom(): void {
    if (this.#waiting.length < this.#options.maxWaiting) return;
    const wait = Math.ceil((this.#waiting.length * this.#commitMs) / this.#options.writers / 1_000);
    const retryAfterS = Math.min(60, Math.max(1, wait));
    throw new Refused(429, "GM_INGEST_BUSY", "the queue is full", { retryAfterS });
  }

  /** Comes back when the batch is on the disk. */
  add(bytes: Uint8Array, key: string | undefined): Promise<Applied> {
    this.checkRoom();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, key, resolve, reject });
      this.#write();
    });
  }

  /** Comes back when everything is written. */
  async drained(): Promise<void> {
    if (this.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #write(): void {
    while (this.#writing < this.#options.writers) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#writing += 1;
      void this.#commit(next).finally(() => {
        this.#writing -= 1;
        if (this.length === 0) for (const tell of this.#idle.splice(0)) tell();
        else this.#write();
      });
    }
  }

  async #commit({ bytes, key, resolve, reject }: Waiting): Promise<void> {
    const begun = performance.now();
    try {
      const applied = await this.#store.apply(bytes, key === undefined ? {} : { key });
      const ms = performance.now() - begun;
      this.#commitMs += (ms - this.#commitMs) / 16;
      this.#options.onCommit?.(ms);
      resolve(applied);
    } catch (error) {
      reject(await this.#answer(error, bytes));
    }
  }

  /** What a failure of the store means for the client. */
  async #answer(error: unknown, bytes: Uint8Array): Promise<unknown> {
    if (!(error instanceof GristmillError)) return error;
    if (error.code === "GM_STORE_BAD_EVENT") {
      const problems = await this.#store.problems(bytes).catch(() => []);
      return new Refused(400, "GM_INGEST_BAD_BATCH", "nothing of the batch was taken", {
        problems: problems.length > 0 ? problems : [{ index: 0, message: error.message }],
      });
    }
    if (error.code === "GM_STORE_KEY_REUSED") {
      return new Refused(422, "GM_INGEST_KEY_REUSED", "the idempotency key was used for another batch");
    }
    return new Refused(503, error.code, "the store cannot take it now", { retryAfterS: 1 });
  }
}
