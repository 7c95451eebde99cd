import pg from "pg";
import { GristmillError } from "../../native/index.ts";
import { withoutPassword } from "../place.ts";
import type { MessageStore, OpenOptions } from "../store.ts";
import { codeOf, storeFailure } from "./failure.ts";
import { MIGRATIONS } from "./schema.ts";
import { PostgresStore } from "./store.ts";

/** Taken while tables are made, so that of two processes one makes them and the other finds them. */
const MIGRATION_LOCK = 7_306_925_481;

/** Opens a store in a Postgres database; its tables are in the schema `gristmill`. */
export async function openPostgres(url: string, options: OpenOptions): Promise<MessageStore> {
  const place = withoutPassword(url);
  const busyTimeout = options.busyTimeout ?? 10_000;
  const pool = poolOf(url, place, options, busyTimeout);
  // A connection that breaks while nobody uses it leaves the pool; the next call tells whether the server is there.
  pool.on("error", () => undefined);
  try {
    await prepare(pool, place, options);
    return new PostgresStore(pool, place, { busyTimeout, readOnly: options.readOnly ?? false });
  } catch (error) {
    await pool.end().catch(() => undefined);
    throw storeFailure(place, error);
  }
}

function poolOf(url: string, place: string, options: OpenOptions, timeout: number): pg.Pool {
  try {
    return new pg.Pool({
      connectionString: url,
      max: options.connections ?? 8,
      connectionTimeoutMillis: timeout,
      application_name: "gristmill",
      keepAlive: true,
    });
  } catch (error) {
    const hint = "write special characters of user and password as %XX";
    throw new GristmillError("GM_STORE_BAD_PLACE", "usage", `${place} is no connection URL`, hint, { cause: error });
  }
}

async function prepare(pool: pg.Pool, place: string, options: OpenOptions): Promise<void> {
  const known = await version(pool);
  if (known > MIGRATIONS.length) {
    throw new GristmillError(
      "GM_STORE_NEWER",
      "input",
      `the message store ${place} has format ${known}; this version knows up to ${MIGRATIONS.length}`,
      "use a version of gristmill at least as new as the one that made it",
    );
  }
  if (known === MIGRATIONS.length) return;
  if (options.readOnly === true || (known === 0 && options.create === false)) {
    const hint = "fill one with `gristmill import` or `gristmill capture`";
    throw new GristmillError("GM_STORE_MISSING", "input", `there is no message store in ${place}`, hint);
  }
  await migrate(pool);
}

/** Migrations done; 0 when there is no store. */
async function version(client: pg.Pool | pg.PoolClient): Promise<number> {
  try {
    const { rows } = await client.query<{ version: number | null }>(
      "SELECT max(version) AS version FROM gristmill.migrations",
    );
    return rows[0]?.version ?? 0;
  } catch (error) {
    // No such table, no such schema.
    if (["42P01", "3F000"].includes(codeOf(error))) return 0;
    throw error;
  }
}

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await client.query(`
      CREATE SCHEMA IF NOT EXISTS gristmill;
      CREATE TABLE IF NOT EXISTS gristmill.migrations (
        version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`);
    for (let next = await version(client); next < MIGRATIONS.length; next++) {
      await client.query(MIGRATIONS[next] ?? "");
      await client.query("INSERT INTO gristmill.migrations (version) VALUES ($1)", [next + 1]);
    }
    await client.query("COMMIT");
    client.release();
  } catch (error) {
    // The connection may be in any state.
    client.release(true);
    throw error;
  }
}
