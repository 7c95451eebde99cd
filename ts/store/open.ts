import { placeOf } from "./place.ts";
import { openSqlite } from "./sqlite.ts";
import type { MessageStore, OpenOptions } from "./store.ts";

/**
 * Opens a store by its place: a file name or `sqlite:FILE` is SQLite, `postgres://…` or `postgresql://…` is Postgres.
 *
 * @throws GristmillError `GM_STORE_MISSING`, `GM_STORE_UNAVAILABLE`, `GM_STORE_DAMAGED`, `GM_STORE_NEWER` (made by a
 * later version), `GM_STORE_BAD_PLACE` (usage).
 */
export async function openStore(place: string, options: OpenOptions = {}): Promise<MessageStore> {
  const found = placeOf(place);
  if (found.kind === "sqlite") return openSqlite(found.path, options);
  // Only those who use Postgres load its client.
  const { openPostgres } = await import("./postgres/open.ts");
  return openPostgres(found.url, options);
}
