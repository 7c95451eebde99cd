import { finished } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { GristmillError, type PackedBatch } from "../../native/index.ts";
import type { Applied } from "../store.ts";
import { CHANNELS, CURSORS, ERASE, FORGOTTEN_CURSORS, MERGE, OPT_IN, OPT_OUT } from "./merge.ts";
import { STAGE } from "./schema.ts";

/**
 * Batches share this lock; one with a word on consent has it alone. So no batch that began before an opt-out can commit
 * a message of its author after it.
 */
const CONSENT_LOCK = 7_306_925_482;
/** Expired keys removed at once. */
const PURGE = 1000;

/** Connections that have their staging table. */
const staged = new WeakSet<pg.PoolClient>();

interface Rest {
  channels: unknown[];
  consents: { author_id: string; at: string; out: boolean }[];
  cursors: unknown[];
}

export interface KeyOfBatch {
  key: string;
  now: number;
  expires: number;
  /** Whether to remove expired keys on the way. */
  purge: boolean;
}

/** One batch as one transaction, on the disk when it comes back. Throws what Postgres throws; nothing is then changed. */
export async function applyBatch(
  client: pg.PoolClient,
  batch: PackedBatch,
  key: KeyOfBatch | null,
  busyTimeout: number,
): Promise<Applied> {
  const rest = JSON.parse(batch.rest) as Rest;
  const lock = rest.consents.length > 0 ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared";
  // A server may be set to confirm commits that are not on the disk yet.
  await client.query(`
    BEGIN;
    SET LOCAL lock_timeout = ${busyTimeout};
    SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
    SELECT ${lock}(${CONSENT_LOCK})`);
  const known = key === null ? null : await seenBefore(client, key, batch.digest);
  if (known !== null) {
    await client.query("ROLLBACK");
    return { ...known, replayed: true };
  }
  const erased = await takeConsents(client, rest.consents);
  if (rest.channels.length > 0) await client.query(CHANNELS, [JSON.stringify(rest.channels)]);
  if (rest.cursors.length > 0) {
    const cursors = [JSON.stringify(rest.cursors)];
    await client.query(CURSORS, cursors);
    await client.query(FORGOTTEN_CURSORS, cursors);
  }
  const { inserted, updated, deleted } = await merge(client, batch);
  const ignored = batch.events - inserted - updated - deleted;
  const applied: Applied = { inserted, updated, deleted, ignored, erased, replayed: false };
  if (key !== null) {
    await client.query("UPDATE gristmill.keys SET result = $2 WHERE key = $1", [key.key, JSON.stringify(applied)]);
  }
  await client.query("COMMIT");
  return applied;
}

/** The result remembered for the key; `null`: it is new, and now taken. Waits for another transaction that has it. */
async function seenBefore(client: pg.PoolClient, key: KeyOfBatch, digest: string): Promise<Applied | null> {
  if (key.purge) {
    await client.query(
      `DELETE FROM gristmill.keys WHERE key IN
        (SELECT key FROM gristmill.keys WHERE expires <= $1 LIMIT ${PURGE} FOR UPDATE SKIP LOCKED)`,
      [key.now],
    );
  }
  const taken = await client.query(
    `INSERT INTO gristmill.keys AS k (key, digest, expires) VALUES ($1, $2, $3)
     ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, expires = excluded.expires, result = NULL
     WHERE k.expires <= $4`,
    [key.key, digest, key.expires, key.now],
  );
  if (taken.rowCount === 1) return null;
  const { rows } = await client.query<{ digest: string; result: string }>(
    "SELECT digest, result FROM gristmill.keys WHERE key = $1",
    [key.key],
  );
  const [known] = rows;
  if (known?.digest === digest) return JSON.parse(known.result) as Applied;
  await client.query("ROLLBACK");
  throw new GristmillError(
    "GM_STORE_KEY_REUSED",
    "usage",
    `the idempotency key ${JSON.stringify(key.key)} was used for another batch`,
  );
}

async function takeConsents(client: pg.PoolClient, consents: Rest["consents"]): Promise<number> {
  for (const { author_id, at, out } of consents) await client.query(out ? OPT_OUT : OPT_IN, [author_id, at]);
  let erased = 0;
  for (const author of new Set(consents.map(({ author_id }) => author_id))) {
    erased += (await client.query(ERASE, [author])).rowCount ?? 0;
  }
  return erased;
}

async function merge(
  client: pg.PoolClient,
  { copy, messages }: PackedBatch,
): Promise<{ inserted: number; updated: number; deleted: number }> {
  if (messages === 0) return { inserted: 0, updated: 0, deleted: 0 };
  if (!staged.has(client)) await client.query(STAGE);
  const stream = client.query(
    copyFrom(`COPY pg_temp.gristmill_stage (message_id, state, guild_id, channel_id, message_reference_message_id,
      author_id, author_bot, timestamp, edited, content) FROM STDIN`),
  );
  stream.end(copy);
  await finished(stream);
  const { rows } = await client.query<Record<"inserted" | "updated" | "deleted", string>>(MERGE);
  staged.add(client);
  const [row] = rows;
  return { inserted: Number(row?.inserted), updated: Number(row?.updated), deleted: Number(row?.deleted) };
}
