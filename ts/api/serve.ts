import type { IngestOptions, ServeEvent } from "../discord/index.ts";
import { openStore } from "../store/index.ts";

export type { ServeEvent };

/** How to serve; limits that are not given have the defaults of the command. */
export interface ServeOptions extends Omit<IngestOptions, "store"> {
  /** Where the store is: a file (SQLite) or the URL of a Postgres database. */
  store: string;
}

/** A running ingest server. */
export interface Serving {
  url: string;
  /** Reads the keys anew; when that fails, the old ones stay. */
  reloadKeys(): Promise<void>;
  /** Takes nothing new, commits what it has, and lets go of the store. */
  close(): Promise<void>;
}

/** Takes batches of messages over HTTP into a store and answers when they are on the disk. */
export async function serve(options: ServeOptions): Promise<Serving> {
  // Only those who serve load the server.
  const { IngestServer, readKeys } = await import("../discord/index.ts");
  await readKeys(options.keys);
  const store = await openStore(options.store);
  try {
    const server = await IngestServer.start({ ...options, store });
    return {
      url: server.url,
      reloadKeys: () => server.reloadKeys(),
      async close() {
        await server.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
