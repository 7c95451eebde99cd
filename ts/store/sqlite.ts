import { randomUUID } from "node:crypto";
import { type NativeStore, type NativeStoreSnapshot, nativeStore, unwrap } from "../native/index.ts";
import { bytesOf, keyTimes, pageLimit } from "./batch.ts";
import type { EventProblem } from "./events.ts";
import type {
  Applied,
  AppliedTable,
  ApplyOptions,
  ChannelState,
  EventBatch,
  MessagePage,
  MessageStore,
  OpenOptions,
  SnapshotSelection,
  StoreCounts,
  StoredChannel,
  StoredMessage,
  StoreSnapshot,
} from "./store.ts";

/** Opens the SQLite file of a store. */
export async function openSqlite(path: string, options: OpenOptions): Promise<MessageStore> {
  const native = await nativeStore.open({
    path,
    create: options.create ?? true,
    read_only: options.readOnly ?? false,
    busy_timeout: options.busyTimeout ?? 10_000,
    store_id: randomUUID(),
  });
  return new SqliteStore(native, path);
}

class SqliteStore implements MessageStore {
  readonly kind = "sqlite";
  readonly place: string;
  readonly #native: NativeStore;

  constructor(native: NativeStore, place: string) {
    this.#native = native;
    this.place = place;
  }

  async apply(events: EventBatch, options: ApplyOptions = {}): Promise<Applied> {
    const times = JSON.stringify({ key: options.key ?? null, ...keyTimes(options) });
    return JSON.parse(unwrap(await this.#native.apply(bytesOf(events), times))) as Applied;
  }

  async applyTable(rows: Uint8Array, options: { guild?: string } = {}): Promise<AppliedTable> {
    return JSON.parse(unwrap(await this.#native.applyTable(rows, options.guild ?? null))) as AppliedTable;
  }

  problems(events: EventBatch): Promise<EventProblem[]> {
    return nativeStore.problems(bytesOf(events));
  }

  async lastMessageId(channelId: string): Promise<string | null> {
    return unwrap(await this.#native.lastMessageId(channelId)) ?? null;
  }

  async cursor(name: string): Promise<string | null> {
    return unwrap(await this.#native.cursor(name)) ?? null;
  }

  async cursors(prefix = ""): Promise<Map<string, string>> {
    return new Map(await this.#list<[string, string][]>("cursors", prefix));
  }

  channels(): Promise<StoredChannel[]> {
    return this.#list("channels");
  }

  optedOut(): Promise<{ author_id: string; at: string }[]> {
    return this.#list("opted_out");
  }

  async messages({ channel, after, limit }: MessagePage): Promise<StoredMessage[]> {
    const page = unwrap(await this.#native.messages(channel ?? null, after ?? null, pageLimit(limit)));
    return JSON.parse(page) as StoredMessage[];
  }

  counts(): Promise<StoreCounts> {
    return this.#list("counts");
  }

  async ping(): Promise<void> {
    unwrap(await this.#native.cursor(""));
  }

  async snapshot(): Promise<StoreSnapshot> {
    return new SqliteSnapshot(unwrap(await this.#native.snapshot()));
  }

  async close(): Promise<void> {
    unwrap(await this.#native.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #list<T>(what: "cursors" | "channels" | "opted_out" | "counts", prefix = ""): Promise<T> {
    return JSON.parse(unwrap(await this.#native.list(what, prefix))) as T;
  }
}

class SqliteSnapshot implements StoreSnapshot {
  readonly storeId: string;
  readonly #native: NativeStoreSnapshot;

  constructor(native: NativeStoreSnapshot) {
    this.#native = native;
    this.storeId = native.storeId;
  }

  async states(): Promise<ChannelState[]> {
    return JSON.parse(unwrap(await this.#native.states())) as ChannelState[];
  }

  async writeCsv(path: string, selection: SnapshotSelection): Promise<{ rows: number; bytes: number }> {
    const { channels, spoken = false } = selection;
    const [rows = 0, bytes = 0] = unwrap(await this.#native.writeCsv(path, JSON.stringify({ channels, spoken })));
    return { rows, bytes };
  }

  async close(): Promise<void> {
    unwrap(await this.#native.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
