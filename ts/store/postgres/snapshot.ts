import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { GristmillError } from "../../native/index.ts";
import type { ChannelState, SnapshotSelection, StoreSnapshot } from "../store.ts";
import { storeFailure } from "./failure.ts";
import { utc } from "./time.ts";

/** Begins a transaction that sees one moment. The connection is given back when the snapshot is closed. */
export async function openSnapshot(client: pg.PoolClient, place: string): Promise<StoreSnapshot> {
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    // The first read fixes the moment.
    const { rows } = await client.query<{ store_id: string }>("SELECT store_id FROM gristmill.store");
    return new PostgresSnapshot(client, place, rows[0]?.store_id ?? "");
  } catch (error) {
    client.release(true);
    throw error;
  }
}

class PostgresSnapshot implements StoreSnapshot {
  readonly storeId: string;
  readonly #client: pg.PoolClient;
  readonly #place: string;
  readonly #broke = (): void => undefined;
  #closed = false;

  constructor(client: pg.PoolClient, place: string, storeId: string) {
    this.#client = client;
    this.#place = place;
    this.storeId = storeId;
    // What breaks between two calls is told by the next one.
    client.on("error", this.#broke);
  }

  /** Every change gives a row a greater revision and no row ever leaves, so the sum of revisions grows with each change. */
  async states(): Promise<ChannelState[]> {
    this.#checkOpen();
    try {
      const { rows } = await this.#client.query<Record<"id" | "live" | "bytes" | "state", string>>(`
        SELECT coalesce(channel_id::text, '') AS id, count(*) FILTER (WHERE state = 1) AS live,
          coalesce(sum(octet_length(content)) FILTER (WHERE state = 1), 0) AS bytes,
          concat_ws('.', count(*), sum(revision), max(revision)) AS state
        FROM gristmill.messages GROUP BY channel_id HAVING count(*) FILTER (WHERE state = 1) > 0
        ORDER BY channel_id NULLS FIRST`);
      return rows.map(({ id, live, bytes, state }) => ({
        channel_id: id,
        messages: Number(live),
        bytes: Number(bytes),
        state,
      }));
    } catch (error) {
      throw storeFailure(this.#place, error);
    }
  }

  async writeCsv(path: string, selection: SnapshotSelection): Promise<{ rows: number; bytes: number }> {
    this.#checkOpen();
    try {
      const out = this.#client.query(copyTo(`COPY (${select(selection)}) TO STDOUT WITH (FORMAT csv, HEADER)`));
      await pipeline(out, createWriteStream(path));
      const file = await open(path, "r+");
      try {
        await file.sync();
        return { rows: out.rowCount, bytes: (await file.stat()).size };
      } finally {
        await file.close();
      }
    } catch (error) {
      throw storeFailure(this.#place, error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#client.query("ROLLBACK");
      this.#client.off("error", this.#broke);
      this.#client.release();
    } catch {
      // Nothing was to be written; a broken connection is only taken out of the pool.
      this.#client.release(true);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new GristmillError("GM_CLOSED", "usage", "the snapshot is closed");
  }
}

function select({ channels, spoken }: SnapshotSelection): string {
  const wanted = ["state = 1"];
  if (spoken === true) wanted.push("author_bot IS NOT TRUE", "content <> ''");
  if (channels !== null) wanted.push(ofChannels(channels));
  const order = channels === null ? "m.message_id" : "m.channel_id NULLS FIRST, m.message_id";
  return `SELECT message_id, message_reference_message_id, guild_id, channel_id, author_id,
    CASE WHEN author_bot THEN 'true' WHEN NOT author_bot THEN 'false' END AS author_bot, content,
    ${utc("timestamp")} AS timestamp
    FROM gristmill.messages m WHERE ${wanted.join(" AND ")} ORDER BY ${order}`;
}

/** `COPY` takes no parameters, so ids stand in its text: nothing but digits may. */
function ofChannels(channels: readonly string[]): string {
  const ids = channels.filter((id) => /^[1-9]\d{0,18}$/.test(id));
  const inside = ids.length > 0 ? `channel_id IN (${ids.join(", ")})` : "false";
  return channels.includes("") ? `(${inside} OR channel_id IS NULL)` : inside;
}
