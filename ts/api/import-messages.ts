import { GristmillError, nativeStore, Run } from "../native/index.ts";
import { type Applied, type MessageStore, openStore } from "../store/index.ts";
import { openFiles } from "./read-batches.ts";

/** Options of {@link importMessages}. */
export interface ImportOptions {
  /** Files, folders or globs: exports of DiscordChatExporter, message tables, lists of Discord's REST interface. */
  inputs: string[];
  /** The store: a SQLite file, or `postgres://user@host/database`. Made if it is not there. */
  store: string;
  /** Kind of source. Default: by ending, then by content. */
  format?: string;
  /** Guild of messages that do not tell theirs, as in lists of the REST interface. */
  guild?: string;
  /** Read and check, but write nothing; the store need not exist. Default `false`. */
  dryRun?: boolean;
  signal?: AbortSignal;
  /** Told now and then how far it is. */
  onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  /** Messages read. */
  rows: number;
  bytesDone: number;
  bytesTotal: number;
}

/** What an import did. `inserted + updated + deleted + ignored + refused + unreadable` are the messages read. */
export interface ImportResult extends Omit<Applied, "replayed"> {
  /** The store, without its password. */
  store: string;
  /** Messages read. */
  rows: number;
  /** Messages that could not be taken, by reason. */
  refused: Record<string, number>;
  /** Records of the inputs that are no rows. */
  unreadable: number;
  dryRun: boolean;
}

/**
 * Brings messages into a store. What is there already stays as it is; a later edit replaces an earlier text; what was
 * deleted or is of an opted-out author does not come back. Every batch of some thousand messages is on the disk before
 * the next; an import that was stopped is simply started again.
 */
export async function importMessages(options: ImportOptions): Promise<ImportResult> {
  if (options.guild !== undefined && !/^[1-9]\d{0,18}$/.test(options.guild)) {
    throw new GristmillError(
      "GM_API_BAD_OPTIONS",
      "usage",
      `guild ${options.guild} is no id`,
      "give its decimal digits",
    );
  }
  // Inputs first: a wrong path leaves no empty store behind.
  const reader = await openFiles(options.inputs, options.format === undefined ? {} : { format: options.format });
  const found = new Set(reader.columns.map(({ name }) => name));
  if (found.size > 0 && !found.has("message_id") && !(found.has("id") && found.has("author"))) {
    throw new GristmillError(
      "GM_STORE_NO_COLUMN",
      "input",
      `the inputs hold no messages: there is no column "message_id"; found: ${[...found].slice(0, 12).join(", ")}`,
      "a message table has message_id, channel_id, author_id, content; a list of the REST interface id, author",
    );
  }
  const wanted = nativeStore.columns().map((name) => ({ name, type: "text" as const }));
  // Exports know columns that they only give when asked.
  const columns = found.has("message_id") ? wanted : reader.columns;
  const store = options.dryRun === true ? null : await openStore(options.store);
  try {
    return await pour({ ...reader, columns }, store, options);
  } finally {
    await store?.close();
  }
}

async function pour(
  reader: Awaited<ReturnType<typeof openFiles>>,
  store: MessageStore | null,
  options: ImportOptions,
): Promise<ImportResult> {
  const result: ImportResult = {
    store: store?.place ?? "",
    rows: 0,
    inserted: 0,
    updated: 0,
    deleted: 0,
    ignored: 0,
    erased: 0,
    refused: {},
    unreadable: 0,
    dryRun: store === null,
  };
  const run = Run.open(reader, { steps: [] }, { kind: "outlet" });
  try {
    for (;;) {
      const table = await run.next();
      const { rows_in, rows_out, bytes_done, bytes_total } = await run.wait(0);
      if (table === null) {
        result.rows = rows_in;
        result.unreadable = rows_in - rows_out;
        return result;
      }
      if (options.signal?.aborted === true) {
        throw new GristmillError("GM_RUN_CANCELLED", "cancelled", "stopped; what was stored stays stored");
      }
      await take(table, store, options, result);
      options.onProgress?.({ rows: rows_out, bytesDone: bytes_done, bytesTotal: bytes_total });
    }
  } finally {
    run.cancel();
    run.close();
  }
}

async function take(
  table: Uint8Array,
  store: MessageStore | null,
  { guild }: ImportOptions,
  result: ImportResult,
): Promise<void> {
  const { applied, refused } = await (store?.applyTable(table, guild === undefined ? {} : { guild }) ??
    dryTable(table, guild ?? null));
  for (const one of applied) {
    result.inserted += one.inserted;
    result.updated += one.updated;
    result.deleted += one.deleted;
    result.ignored += one.ignored;
    result.erased += one.erased;
  }
  for (const reasons of refused) {
    for (const [reason, rows] of Object.entries(reasons)) {
      result.refused[reason] = (result.refused[reason] ?? 0) + rows;
    }
  }
}

/** Checks a table without a store. */
async function dryTable(
  table: Uint8Array,
  guild: string | null,
): Promise<{ applied: Applied[]; refused: Record<string, number>[] }> {
  const batches = await nativeStore.packTable(table, guild);
  return { applied: [], refused: batches.map((batch) => JSON.parse(batch.refused) as Record<string, number>) };
}
