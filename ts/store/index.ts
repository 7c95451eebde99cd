/** The message store: what it takes, what it gives. */
export type * from "./events.ts";
export type * from "./store.ts";
