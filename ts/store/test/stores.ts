import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { NO_POSTGRES, type PostgresServer, postgresPrograms, startPostgres } from "./postgres-server.ts";

/** A kind of store that a suite runs against. */
export interface StoreKind {
  name: "sqlite" | "postgres";
  /** Place of a new, empty store. */
  place(): Promise<string>;
}

const folder = mkdtempSync(join(tmpdir(), "gristmill-stores-"));
let server: Promise<PostgresServer> | undefined;
let made = 0;

const SQLITE: StoreKind = { name: "sqlite", place: async () => join(folder, `${made++}.db`) };

/** Both kinds; Postgres only where its programs are installed, else a notice says what is missing. */
export function storeKinds(): StoreKind[] {
  const programs = postgresPrograms();
  afterAll(async () => {
    await (await server)?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  if (programs === null) {
    process.stderr.write(`skipped for Postgres: ${NO_POSTGRES}\n`);
    return [SQLITE];
  }
  const running = (): Promise<PostgresServer> => {
    server ??= startPostgres(programs);
    return server;
  };
  return [SQLITE, { name: "postgres", place: async () => (await running()).database() }];
}

/** The server behind {@link storeKinds}, for tests that crash it. */
export function runningPostgres(): Promise<PostgresServer> | undefined {
  return server;
}
