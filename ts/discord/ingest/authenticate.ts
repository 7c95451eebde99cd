import type { IncomingHttpHeaders } from "node:http";
import type { IngestKey } from "../keys.ts";
import { equalSecrets, HEADERS, sign } from "../signature.ts";

/** Why a request is refused. Told to metrics and log, never to the client, who could learn from it. */
export type Refusal = "no_credentials" | "malformed" | "unknown_key" | "bad_signature" | "stale" | "bad_token";

export type Authenticated =
  /** `bodyHash`: what the body must hash to; `null` with a bearer token, which says nothing about the body. */
  { ok: true; key: string; bodyHash: string | null } | { ok: false; why: Refusal };

/** How far the clock of a client may be off, and how long a request can be sent again. */
export const WINDOW_MS = 5 * 60_000;

export interface RequestHead {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
}

/** Decides by the head of a request alone whether it may go on: nothing of its body has been looked at. */
export function authenticate(head: RequestHead, keys: readonly IngestKey[], now: number): Authenticated {
  const token = bearerToken(head.headers.authorization);
  if (token !== null) return byToken(token, keys);
  const id = one(head.headers[HEADERS.key]);
  const timestamp = one(head.headers[HEADERS.timestamp]);
  const bodyHash = one(head.headers[HEADERS.bodyHash]);
  const signature = one(head.headers[HEADERS.signature]);
  const idempotencyKey = head.headers[HEADERS.idempotency] ?? "";
  if (id === null && signature === null) return { ok: false, why: "no_credentials" };
  if (id === null || timestamp === null || bodyHash === null || signature === null) return refuse("malformed");
  if (typeof idempotencyKey !== "string" || !/^\d{1,12}$/.test(timestamp)) return refuse("malformed");
  if (!/^[0-9a-f]{64}$/.test(bodyHash) || !/^[0-9a-f]{64}$/.test(signature)) return refuse("malformed");
  const key = keys.find((one) => one.kind === "hmac" && one.id === id);
  // Signed all the same, so that the time does not tell which ids exist.
  const { method, path } = head;
  const wanted = sign(key?.secret ?? "no such key", { method, path, timestamp, idempotencyKey, bodyHash });
  const equal = equalSecrets(wanted, signature);
  if (key === undefined) return refuse("unknown_key");
  if (!equal) return refuse("bad_signature");
  if (Math.abs(now - Number(timestamp) * 1_000) > WINDOW_MS) return refuse("stale");
  return { ok: true, key: id, bodyHash };
}

function refuse(why: Refusal): Authenticated {
  return { ok: false, why };
}

function bearerToken(header: string | undefined): string | null {
  const match = /^Bearer +(\S+) *$/i.exec(header ?? "");
  return match?.[1] ?? null;
}

/** Compares with every token, so that the time does not tell which one was near. */
function byToken(token: string, keys: readonly IngestKey[]): Authenticated {
  let found: IngestKey | undefined;
  for (const key of keys.filter(({ kind }) => kind === "bearer")) if (equalSecrets(key.secret, token)) found = key;
  return found === undefined ? refuse("bad_token") : { ok: true, key: found.id, bodyHash: null };
}

function one(value: string | string[] | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
