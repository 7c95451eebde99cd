import { binding } from "./binding.ts";
import { unwrap } from "./failure.ts";
import type { PackedBatch } from "./store-binding.ts";

export type { NativeStore, NativeStoreSnapshot, PackedBatch } from "./store-binding.ts";

/** How the addon opens a SQLite store. */
export interface NativeStoreSpec {
  path: string;
  create: boolean;
  read_only: boolean;
  busy_timeout: number;
  /** Random name for a new store. */
  store_id: string;
}

/** The native half of the message store. */
export const nativeStore = {
  async open(spec: NativeStoreSpec) {
    return unwrap(await binding().openMessageStore(JSON.stringify(spec)));
  },

  /** What is wrong with a JSON list of events. */
  async problems(events: Uint8Array): Promise<{ index: number; message: string }[]> {
    return JSON.parse(unwrap(await binding().eventProblems(events))) as { index: number; message: string }[];
  },

  /** Events, checked and folded, for Postgres. */
  async packEvents(events: Uint8Array): Promise<PackedBatch> {
    return unwrap(await binding().packEvents(events));
  },

  /** Tables of messages (Arrow IPC), one batch each, for Postgres. */
  async packTable(rows: Uint8Array, guild: string | null): Promise<PackedBatch[]> {
    return unwrap(await binding().packTable(rows, guild));
  },

  /** Columns of tables that are stored. */
  columns(): string[] {
    return binding().messageColumns();
  },
};
