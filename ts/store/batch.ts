import { GristmillError } from "../native/index.ts";
import type { ApplyOptions, EventBatch } from "./store.ts";

const TWO_DAYS = 2 * 24 * 3600 * 1000;

/** The JSON of a batch. */
export function bytesOf(events: EventBatch): Uint8Array {
  return events instanceof Uint8Array ? events : Buffer.from(JSON.stringify(events));
}

/** Now, and when a key seen now may be forgotten. */
export function keyTimes({ now = Date.now(), keyTtl = TWO_DAYS }: ApplyOptions): { now: number; expires: number } {
  return { now, expires: now + keyTtl };
}

/** Refuses a page larger than is good for memory. */
export function pageLimit(limit = 1000): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new GristmillError("GM_STORE_BAD_PAGE", "usage", `a page of ${limit} messages`, "ask for 1 to 1,000");
}
