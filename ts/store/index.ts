/** The message store: what it takes, what it gives, and how to open one. */
export type * from "./events.ts";
export { openStore } from "./open.ts";
export { placeOf, withoutPassword } from "./place.ts";
export type * from "./store.ts";
