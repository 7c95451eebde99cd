import type { NativeFailure } from "./failure.ts";

/** The part of the addon behind the message store. Answers are JSON text. */
export interface StoreBinding {
  openMessageStore(spec: string): Promise<NativeStore | NativeFailure>;
  eventProblems(events: Uint8Array): Promise<string | NativeFailure>;
  packEvents(events: Uint8Array): Promise<PackedBatch | NativeFailure>;
  packTable(rows: Uint8Array, guild: string | null): Promise<PackedBatch[] | NativeFailure>;
  messageColumns(): string[];
}

/** A SQLite store. */
export interface NativeStore {
  apply(events: Uint8Array, options: string): Promise<string | NativeFailure>;
  applyTable(rows: Uint8Array, guild: string | null): Promise<string | NativeFailure>;
  lastMessageId(channel: string): Promise<string | null | NativeFailure>;
  cursor(name: string): Promise<string | null | NativeFailure>;
  list(what: "cursors" | "channels" | "opted_out" | "counts", prefix: string): Promise<string | NativeFailure>;
  messages(channel: string | null, after: string | null, limit: number): Promise<string | NativeFailure>;
  snapshot(): Promise<NativeStoreSnapshot | NativeFailure>;
  close(): Promise<boolean | NativeFailure>;
}

/** A view of one moment of a SQLite store. */
export interface NativeStoreSnapshot {
  readonly storeId: string;
  states(): Promise<string | NativeFailure>;
  writeCsv(path: string, selection: string): Promise<number[] | NativeFailure>;
  close(): Promise<boolean | NativeFailure>;
}

/** A batch packed for Postgres. */
export interface PackedBatch {
  /** Messages as the text that `COPY` reads. */
  copy: Uint8Array;
  /** Channels, consents and cursors as JSON. */
  rest: string;
  /** Message and edit events, and ids in delete events. */
  events: number;
  /** Messages in `copy`. */
  messages: number;
  digest: string;
  /** Rows that could not be taken, by reason, as JSON. */
  refused: string;
}
