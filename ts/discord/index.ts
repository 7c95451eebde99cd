/** Live capture: the ingest server and the bot. */
export { Capture, type CaptureEvent, type CaptureOptions } from "./bot/capture.ts";
export type { Health } from "./bot/health.ts";
export { serverTarget, storeTarget, type Target } from "./bot/target.ts";
export { type IngestOptions, IngestServer, type ServeEvent } from "./ingest/server.ts";
export { type IngestKey, KEYS_VARIABLE, type KeySource, readKeys } from "./keys.ts";
export { sign, signedHeaders } from "./signature.ts";
