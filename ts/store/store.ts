import type { EventProblem, StoreEvent } from "./events.ts";

/**
 * Where captured messages live until they are built into a data set. Two implementations with the same meaning:
 * SQLite inside the addon, and Postgres.
 *
 * All calls may be made at once; each waits its turn where it must. Every failure is a `GristmillError` with a
 * `GM_STORE_*` code; no message of one holds a password or the text of a chat message.
 */
export interface MessageStore extends AsyncDisposable {
  /** `sqlite` or `postgres`. */
  readonly kind: "sqlite" | "postgres";
  /** The place without its password, for messages to people. */
  readonly place: string;

  /**
   * Takes a batch: all of it or nothing, in one transaction. Comes back only when it is on the disk.
   *
   * @throws GristmillError
   * `GM_STORE_BAD_EVENT` (usage): an event is malformed; see {@link MessageStore.problems} for all of them.
   * `GM_STORE_KEY_REUSED` (usage): the key was used for another batch.
   * `GM_STORE_BUSY` (failed): another process has held the lock for too long; nothing was written, try again.
   * `GM_STORE_UNAVAILABLE` (failed): no connection, or it broke; with a key it is safe to try again.
   * `GM_STORE_READ_ONLY`, `GM_STORE_FULL`, `GM_STORE_DAMAGED` (failed): trying again does not help.
   */
  apply(events: EventBatch, options?: ApplyOptions): Promise<Applied>;

  /**
   * Takes rows of a message table, as readers give them: an Arrow IPC stream with the eight columns, or some of them,
   * and perhaps `edited`, `parent_channel_id`, `channel_name` and `channel_kind`; or the messages of Discord's REST
   * interface. Each of its batches is one transaction. `guild` stands for guilds that are not told.
   */
  applyTable(rows: Uint8Array, options?: { guild?: string }): Promise<AppliedTable>;

  /** What is wrong with a batch, event by event; nothing is written. Empty: {@link MessageStore.apply} takes it. */
  problems(events: EventBatch): Promise<EventProblem[]>;

  /** The greatest message id of a channel or thread, deleted ones too; `null`: none. */
  lastMessageId(channelId: string): Promise<string | null>;

  /** A cursor set by an event; `null`: never set or forgotten. */
  cursor(name: string): Promise<string | null>;

  /** Cursors whose names begin so, by name. */
  cursors(prefix?: string): Promise<Map<string, string>>;

  /** Channels and threads, by id. */
  channels(): Promise<StoredChannel[]>;

  /** Authors who opted out and have not come back, by id. */
  optedOut(): Promise<{ author_id: string; at: string }[]>;

  /** One page of live messages in order of their ids, all in the state of one moment. */
  messages(page: MessagePage): Promise<StoredMessage[]>;

  /** Exact figures; reads an index of all messages. */
  counts(): Promise<StoreCounts>;

  /** Comes back when the store can be read, else throws. Quick. */
  ping(): Promise<void>;

  /** Opens a view of one moment: writers go on, the view does not change. Close it soon. */
  snapshot(): Promise<StoreSnapshot>;

  /** Waits for calls in progress and lets go of everything. */
  close(): Promise<void>;
}

/** Events, or the bytes of their JSON array, which saves writing it again. */
export type EventBatch = readonly StoreEvent[] | Uint8Array;

export interface ApplyOptions {
  /**
   * Idempotency key: a second batch with the key changes nothing and gives the first one's result, with `replayed`.
   * It is remembered in the transaction of the batch.
   */
  key?: string;
  /** Time now, ms since 1970; when keys were seen and when they may be forgotten. Default: the clock. */
  now?: number;
  /** How long the key is remembered, in ms. Default: two days. */
  keyTtl?: number;
}

/**
 * What a batch did. `inserted + updated + deleted + ignored` is the number of message and edit events and of ids in
 * delete events.
 */
export interface Applied {
  /** Messages not seen before. */
  inserted: number;
  /** Messages that changed. */
  updated: number;
  /** Messages that were deleted. */
  deleted: number;
  /** Nothing new: repeated, older than what is stored, deleted or of an opted-out author. */
  ignored: number;
  /** Messages erased because their author opted out, beside the others. */
  erased: number;
  /** Whether the key was known and nothing was done. */
  replayed: boolean;
}

/** What tables did, batch by batch. */
export interface AppliedTable {
  applied: Applied[];
  /** Rows that could not be taken, by reason. */
  refused: Record<string, number>[];
}

/** A live message: the eight columns of the message table and its last edit. */
export interface StoredMessage {
  message_id: string;
  message_reference_message_id: string | null;
  guild_id: string | null;
  channel_id: string;
  author_id: string | null;
  author_bot: boolean | null;
  content: string | null;
  /** UTC, ISO 8601 with milliseconds. */
  timestamp: string;
  edited: string | null;
}

export interface MessagePage {
  /** Of this channel or thread only. */
  channel?: string;
  /** Messages after this id. */
  after?: string;
  /** At most so many. Default and most: 1,000. */
  limit?: number;
}

export interface StoredChannel {
  channel_id: string;
  guild_id: string | null;
  parent_channel_id: string | null;
  name: string | null;
  kind: string | null;
}

export interface StoreCounts {
  /** Live messages. */
  messages: number;
  deleted: number;
  /** Of opted-out authors: the id is kept, nothing else. */
  erased: number;
  /** Edits of messages that have not come yet. */
  waiting: number;
  channels: number;
  optedOut: number;
  cursors: number;
  /** Keys remembered. */
  keys: number;
}

/** The store at one moment. */
export interface StoreSnapshot extends AsyncDisposable {
  /** Random name of this store: states of different stores are never equal. */
  readonly storeId: string;
  /** Channels with live messages, by id; channels whose messages did not change have the same state. */
  states(): Promise<ChannelState[]>;
  /**
   * Writes live messages as CSV with the eight columns, ordered by channel and id; the file is complete and synced
   * when it comes back. Both stores write the same bytes for the same messages.
   */
  writeCsv(path: string, selection: SnapshotSelection): Promise<{ rows: number; bytes: number }>;
  close(): Promise<void>;
}

export interface ChannelState {
  channel_id: string;
  /** Live messages. */
  messages: number;
  /** Bytes of their content, about. */
  bytes: number;
  /** Differs from every earlier one once a message of the channel was added, changed, deleted or erased. */
  state: string;
}

export interface SnapshotSelection {
  /** `null`: all, in order of message ids. */
  channels: readonly string[] | null;
  /** Leave out bots and messages without text. */
  spoken?: boolean;
}

/** How to open a store. */
export interface OpenOptions {
  /** Make it if it is not there (SQLite) or empty (Postgres). Default `true`; else `GM_STORE_MISSING` (input). */
  create?: boolean;
  /** Refuse writes, and neither make nor change tables. Default `false`. */
  readOnly?: boolean;
  /** How long a lock is waited for, in ms. Default 10,000. */
  busyTimeout?: number;
  /** Postgres: most connections at once. Default 8. */
  connections?: number;
}
