import type pg from "pg";
import { GristmillError, nativeStore, type PackedBatch } from "../../native/index.ts";
import { bytesOf, keyTimes, pageLimit } from "../batch.ts";
import type { EventProblem } from "../events.ts";
import type {
  Applied,
  AppliedTable,
  ApplyOptions,
  EventBatch,
  MessagePage,
  MessageStore,
  StoreCounts,
  StoredChannel,
  StoredMessage,
  StoreSnapshot,
} from "../store.ts";
import { applyBatch, type KeyOfBatch } from "./apply.ts";
import { codeOf, storeFailure } from "./failure.ts";
import { openSnapshot } from "./snapshot.ts";
import { utc } from "./time.ts";

/** Conflicts of concurrent batches, which Postgres ends by undoing one of them. */
const CONFLICTS = ["40001", "40P01"];
const TRIES = 5;
/** How often expired keys are removed, in ms. */
const PURGE_EVERY = 60_000;

export class PostgresStore implements MessageStore {
  readonly kind = "postgres";
  readonly place: string;
  readonly #pool: pg.Pool;
  readonly #options: { busyTimeout: number; readOnly: boolean };
  #purged = 0;
  #closed: Promise<void> | undefined;

  constructor(pool: pg.Pool, place: string, options: { busyTimeout: number; readOnly: boolean }) {
    this.#pool = pool;
    this.place = place;
    this.#options = options;
  }

  async apply(events: EventBatch, options: ApplyOptions = {}): Promise<Applied> {
    const batch = await nativeStore.packEvents(bytesOf(events));
    return this.#apply(batch, options);
  }

  async applyTable(rows: Uint8Array, options: { guild?: string } = {}): Promise<AppliedTable> {
    const done: AppliedTable = { applied: [], refused: [] };
    for (const batch of await nativeStore.packTable(rows, options.guild ?? null)) {
      done.applied.push(await this.#apply(batch, {}));
      done.refused.push(JSON.parse(batch.refused) as Record<string, number>);
    }
    return done;
  }

  async #apply(batch: PackedBatch, options: ApplyOptions): Promise<Applied> {
    if (this.#options.readOnly) {
      throw new GristmillError("GM_STORE_READ_ONLY", "failed", `the message store ${this.place} was opened read-only`);
    }
    const key = this.#key(options);
    for (let left = TRIES; ; left--) {
      try {
        return await this.#transaction((client) => applyBatch(client, batch, key, this.#options.busyTimeout));
      } catch (error) {
        if (left <= 1 || !CONFLICTS.includes(codeOf(error))) throw storeFailure(this.place, error);
      }
    }
  }

  #key(options: ApplyOptions): KeyOfBatch | null {
    if (options.key === undefined) return null;
    const times = keyTimes(options);
    const purge = times.now - this.#purged > PURGE_EVERY;
    if (purge) this.#purged = times.now;
    return { key: options.key, ...times, purge };
  }

  /** Runs `work` on one connection; one that fails in it is not used again, since its state is unknown. */
  async #transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    this.#checkOpen();
    const client = await this.#pool.connect();
    // A connection that breaks between two statements says so here; the statement after it fails and tells the caller.
    const broke = (): void => undefined;
    client.on("error", broke);
    try {
      const result = await work(client);
      client.off("error", broke);
      client.release();
      return result;
    } catch (error) {
      client.release(!(error instanceof GristmillError));
      throw error;
    }
  }

  problems(events: EventBatch): Promise<EventProblem[]> {
    return nativeStore.problems(bytesOf(events));
  }

  async lastMessageId(channelId: string): Promise<string | null> {
    const sql = "SELECT max(message_id) AS id FROM gristmill.messages WHERE channel_id = $1";
    return (await this.#rows<{ id: string | null }>(sql, [channelId]))[0]?.id ?? null;
  }

  async cursor(name: string): Promise<string | null> {
    const rows = await this.#rows<{ value: string }>("SELECT value FROM gristmill.cursors WHERE name = $1", [name]);
    return rows[0]?.value ?? null;
  }

  async cursors(prefix = ""): Promise<Map<string, string>> {
    const rows = await this.#rows<{ name: string; value: string }>(
      "SELECT name, value FROM gristmill.cursors WHERE left(name, length($1)) = $1 ORDER BY name",
      [prefix],
    );
    return new Map(rows.map(({ name, value }) => [name, value]));
  }

  channels(): Promise<StoredChannel[]> {
    return this.#rows(
      `SELECT channel_id, guild_id, parent_channel_id, name, kind FROM gristmill.channels c ORDER BY c.channel_id`,
    );
  }

  optedOut(): Promise<{ author_id: string; at: string }[]> {
    return this.#rows(
      `SELECT author_id, ${utc("since")} AS at FROM gristmill.opt_outs o WHERE until IS NULL ORDER BY o.author_id`,
    );
  }

  async messages({ channel, after, limit }: MessagePage): Promise<StoredMessage[]> {
    const of = channel === undefined ? "$2::bigint IS NULL" : "channel_id = $2";
    return this.#rows(
      `SELECT message_id, message_reference_message_id, guild_id, channel_id, author_id, author_bot, content,
        ${utc("timestamp")} AS timestamp, ${utc("edited")} AS edited
      FROM gristmill.messages m WHERE message_id > $1 AND ${of} AND state = 1 ORDER BY m.message_id LIMIT $3`,
      [after ?? "0", channel ?? null, pageLimit(limit)],
    );
  }

  async counts(): Promise<StoreCounts> {
    const [row] = await this.#rows<Record<keyof StoreCounts, string>>(`
      SELECT (SELECT count(*) FROM gristmill.channels) AS channels,
        (SELECT count(*) FROM gristmill.opt_outs WHERE until IS NULL) AS "optedOut",
        (SELECT count(*) FROM gristmill.cursors) AS cursors,
        (SELECT count(*) FROM gristmill.keys) AS keys,
        count(*) FILTER (WHERE state = 1) AS messages, count(*) FILTER (WHERE state = 3) AS deleted,
        count(*) FILTER (WHERE state = 2) AS erased, count(*) FILTER (WHERE state = 0) AS waiting
      FROM gristmill.messages`);
    const number = (name: keyof StoreCounts): number => Number(row?.[name] ?? 0);
    return {
      messages: number("messages"),
      deleted: number("deleted"),
      erased: number("erased"),
      waiting: number("waiting"),
      channels: number("channels"),
      optedOut: number("optedOut"),
      cursors: number("cursors"),
      keys: number("keys"),
    };
  }

  async ping(): Promise<void> {
    await this.#rows("SELECT 1");
  }

  async snapshot(): Promise<StoreSnapshot> {
    this.#checkOpen();
    try {
      return await openSnapshot(await this.#pool.connect(), this.place);
    } catch (error) {
      throw storeFailure(this.place, error);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed === undefined) return;
    throw new GristmillError("GM_CLOSED", "usage", `the message store ${this.place} is closed`);
  }

  async #rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    this.#checkOpen();
    try {
      return (await this.#pool.query(sql, values)).rows as Row[];
    } catch (error) {
      throw storeFailure(this.place, error);
    }
  }
}
