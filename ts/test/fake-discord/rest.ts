import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { TOKEN, type World } from "./world.ts";

/** Faults of the REST side, as chances from 0 to 1. */
export interface RestFaults {
  failing: number;
  slow: number;
  limited: number;
}

export interface RestCall {
  method: string;
  path: string;
  body: unknown;
  status: number;
}

/** Requests one bucket takes within its window. */
const BUCKET = 20;
const WINDOW_MS = 500;

/** Discord's REST API, as far as the bot uses it: pages of messages, threads, commands; buckets with 429. */
export class FakeRest {
  readonly server: Server;
  readonly calls: RestCall[] = [];
  faults: RestFaults = { failing: 0, slow: 0, limited: 0 };
  readonly #world: World;
  readonly #gatewayUrl: () => string;
  readonly #buckets = new Map<string, { left: number; until: number }>();
  /** Requests that came although their bucket was empty: a polite client has none. */
  impolite = 0;

  constructor(world: World, gatewayUrl: () => string) {
    this.#world = world;
    this.#gatewayUrl = gatewayUrl;
    this.server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const url = new URL(request.url ?? "/", "http://x");
    const path = url.pathname.replace(/^\/api\/v10/, "");
    const body: unknown = pieces.length === 0 ? null : JSON.parse(Buffer.concat(pieces).toString("utf8"));
    const send = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
      this.calls.push({ method: request.method ?? "", path: `${path}${url.search}`, body, status });
      response.writeHead(status, { ...(status !== 204 && { "content-type": "application/json" }), ...headers });
      response.end(status === 204 ? undefined : JSON.stringify(value));
    };
    if (!path.startsWith("/interactions/") && request.headers.authorization !== `Bot ${TOKEN}`) {
      return send(401, { message: "401: Unauthorized", code: 0 });
    }
    if (Math.random() < this.faults.slow) await new Promise((resolve) => setTimeout(resolve, 300));
    if (Math.random() < this.faults.failing) return send(500, { message: "500: Internal Server Error" });
    const limit = this.#take(path);
    if (limit.refused || Math.random() < this.faults.limited) {
      if (limit.refused) this.impolite += 1;
      const seconds = limit.refused ? limit.resetAfter : 0.1;
      return send(
        429,
        { message: "You are being rate limited.", retry_after: seconds, global: false },
        {
          ...limit.headers,
          "retry-after": String(seconds),
          "x-ratelimit-scope": "user",
        },
      );
    }
    const found = this.#route(request.method ?? "", path, url.searchParams, body);
    send(found.status, found.value, limit.headers);
  }

  #take(path: string): { refused: boolean; resetAfter: number; headers: Record<string, string> } {
    const name = path.replace(/\?.*/, "");
    const now = Date.now();
    let bucket = this.#buckets.get(name);
    if (bucket === undefined || bucket.until <= now) {
      bucket = { left: BUCKET, until: now + WINDOW_MS };
      this.#buckets.set(name, bucket);
    }
    const refused = bucket.left <= 0;
    if (!refused) bucket.left -= 1;
    const resetAfter = (bucket.until - now) / 1_000;
    const headers = {
      "x-ratelimit-bucket": Buffer.from(name.replace(/\d+/g, "id")).toString("hex").slice(0, 32),
      "x-ratelimit-limit": String(BUCKET),
      "x-ratelimit-remaining": String(bucket.left),
      "x-ratelimit-reset": String(bucket.until / 1_000),
      "x-ratelimit-reset-after": String(resetAfter),
    };
    return { refused, resetAfter, headers };
  }

  #route(method: string, path: string, query: URLSearchParams, body: unknown): { status: number; value: unknown } {
    const limit = Number(query.get("limit") ?? "50");
    if (path === "/gateway/bot") {
      const session_start_limit = { total: 1_000, remaining: 999, reset_after: 0, max_concurrency: 1 };
      return { status: 200, value: { url: this.#gatewayUrl(), shards: 1, session_start_limit } };
    }
    const [, id = "", rest = ""] = /^\/channels\/(\d+)(.*)$/.exec(path) ?? [];
    const channel = this.#world.channels.get(id);
    if (id !== "" && channel === undefined) return { status: 404, value: { message: "Unknown Channel", code: 10_003 } };
    if (channel !== undefined && rest === "") return { status: 200, value: channel };
    if (rest === "/messages") {
      if (limit > 100) return { status: 400, value: { message: "Invalid Form Body", code: 50_035 } };
      return { status: 200, value: this.#world.page(id, query.get("after") ?? "0", limit) };
    }
    if (rest === "/threads/archived/public") {
      const before = query.get("before") ?? "9";
      const threads = [...this.#world.channels.values()]
        .filter((thread) => thread.parent_id === id && thread.thread_metadata?.archived === true)
        .filter((thread) => (thread.thread_metadata?.archive_timestamp ?? "") < before)
        .sort((a, b) =>
          (a.thread_metadata?.archive_timestamp ?? "") < (b.thread_metadata?.archive_timestamp ?? "") ? 1 : -1,
        );
      // Two a page, so that there is more than one.
      return { status: 200, value: { threads: threads.slice(0, 2), members: [], has_more: threads.length > 2 } };
    }
    if (method === "POST" && /^\/applications\/\d+\/commands$/.test(path)) return { status: 201, value: body };
    if (method === "POST" && /^\/interactions\/\d+\/[^/]+\/callback$/.test(path)) return { status: 204, value: null };
    return { status: 404, value: { message: "404: Not Found", code: 0 } };
  }
}
