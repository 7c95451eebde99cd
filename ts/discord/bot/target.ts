import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { GristmillError } from "../../native/index.ts";
import type { EventProblem, MessageStore } from "../../store/index.ts";
import { retryAfterMs } from "../backoff.ts";
import type { IngestKey } from "../keys.ts";
import { signedHeaders } from "../signature.ts";

/** What became of a batch. */
export type Delivery =
  | { done: true }
  /** Try again, not before `afterMs`. */
  | { done: false; retry: true; why: string; afterMs: number }
  /** These events are never taken; the others were not taken yet. */
  | { done: false; retry: false; problems: readonly EventProblem[] };

/** Where the bot sends events: a store, or an ingest server before one. */
export interface Target {
  readonly place: string;
  send(body: Buffer, key: string): Promise<Delivery>;
  lastMessageId(channel: string): Promise<string | null>;
  optedOut(): Promise<string[]>;
  close(): Promise<void>;
}

/** Failures of a store that another attempt may find gone. */
const PASSING: ReadonlySet<string> = new Set(["GM_STORE_BUSY", "GM_STORE_UNAVAILABLE", "GM_STORE_FULL"]);

/** Writes into the store itself. */
export function storeTarget(store: MessageStore): Target {
  return {
    place: store.place,
    async send(body, key) {
      try {
        await store.apply(body, { key });
        return { done: true };
      } catch (error) {
        if (!(error instanceof GristmillError)) throw error;
        if (PASSING.has(error.code)) return { done: false, retry: true, why: error.code, afterMs: 0 };
        if (error.code !== "GM_STORE_BAD_EVENT") throw error;
        return { done: false, retry: false, problems: await store.problems(body) };
      }
    },
    lastMessageId: (channel) => store.lastMessageId(channel),
    optedOut: async () => (await store.optedOut()).map(({ author_id }) => author_id),
    close: () => store.close(),
  };
}

const compress = promisify(gzip);
const PATH = "/v1/messages";

export interface ServerOptions {
  url: string;
  key: IngestKey;
  /** An answer that takes longer is as good as none. Default 30 s. */
  timeoutMs?: number;
  now?: () => number;
}

/** Posts to an ingest server. */
export function serverTarget({ url, key, timeoutMs = 30_000, now = Date.now }: ServerOptions): Target {
  const base = baseOf(url);
  const prefix = base.pathname.replace(/\/$/, "");
  const ask = async (
    method: "GET" | "POST",
    path: string,
    body: Buffer,
    idempotencyKey: string,
    more: Record<string, string>,
  ) => {
    const whole = `${prefix}${path}`;
    const headers =
      key.kind === "bearer"
        ? {
            authorization: `Bearer ${key.secret}`,
            ...(idempotencyKey === "" ? {} : { "idempotency-key": idempotencyKey }),
          }
        : signedHeaders(key, { method, path: whole, body, idempotencyKey, now: now() });
    return fetch(new URL(whole, base), {
      method,
      headers: { ...headers, ...more },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "error",
      ...(method === "POST" && { body: new Uint8Array(body) }),
    });
  };
  return {
    place: `${base.origin}${prefix}`,
    async send(body, idempotencyKey) {
      let answer: Response;
      let text: string;
      try {
        const small = await compress(body, { level: 1 });
        answer = await ask("POST", PATH, small, idempotencyKey, {
          "content-type": "application/json",
          "content-encoding": "gzip",
        });
        text = await answer.text();
      } catch (error) {
        return { done: false, retry: true, why: reasonOf(error), afterMs: 0 };
      }
      if (answer.status === 200) return { done: true };
      const problems = answer.status === 400 ? problemsOf(text) : [];
      if (problems.length > 0) return { done: false, retry: false, problems };
      const afterMs = retryAfterMs(answer.headers.get("retry-after"), now());
      return { done: false, retry: true, why: `HTTP ${answer.status}`, afterMs };
    },
    async lastMessageId(channel) {
      const answer = await ask("GET", `/v1/channels/${channel}/last`, Buffer.alloc(0), "", {});
      if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`);
      return ((await answer.json()) as { message_id: string | null }).message_id;
    },
    // The server knows them and keeps nothing of theirs; the bot remembers those who told it.
    optedOut: async () => [],
    close: async () => undefined,
  };
}

function baseOf(url: string): URL {
  const base = URL.parse?.(url) ?? (URL.canParse(url) ? new URL(url) : null);
  if (base !== null && (base.protocol === "http:" || base.protocol === "https:") && base.username === "") return base;
  throw new GristmillError(
    "GM_CAPTURE_BAD_URL",
    "usage",
    "--post is no http or https address without a user",
    "write it like --post http://127.0.0.1:8787",
  );
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined)?.code : undefined;
  return cause ?? (error instanceof Error ? error.name : "no answer");
}

function problemsOf(text: string): EventProblem[] {
  try {
    const { error } = JSON.parse(text) as { error?: { problems?: EventProblem[] } };
    return (error?.problems ?? []).filter(({ index }) => Number.isSafeInteger(index));
  } catch {
    return [];
  }
}
