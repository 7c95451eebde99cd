/** Live capture: the ingest server and the bot. */
export { type IngestOptions, IngestServer, type ServeEvent } from "./ingest/server.ts";
export { KEYS_VARIABLE, type KeySource } from "./keys.ts";
