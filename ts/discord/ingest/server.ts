import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { GristmillError } from "../../native/index.ts";
import type { MessageStore } from "../../store/index.ts";
import { type IngestKey, type KeySource, readKeys } from "../keys.ts";
import { METRICS_TYPE, Metrics } from "../prometheus.ts";
import { HEADERS } from "../signature.ts";
import { type Authenticated, authenticate } from "./authenticate.ts";
import { type BodyLimits, checkBodyHead, inflate, readBody } from "./body.ts";
import { Budget } from "./budget.ts";
import { IngestQueue } from "./queue.ts";
import { Refused } from "./refused.ts";

/** What the server says about itself; never text of a message. */
export type ServeEvent =
  | { event: "listening"; url: string; store: string; keys: number }
  | { event: "request"; method: string; route: string; status: number; ms: number; key?: string; code?: string }
  | { event: "keys_reloaded"; keys: number }
  | { event: "warning"; code: string; message: string }
  | { event: "stopping"; waiting: number }
  | { event: "stopped" };

export interface IngestOptions {
  store: MessageStore;
  keys: KeySource;
  host?: string;
  /** 0: any free one. */
  port?: number;
  /** Largest body, as sent and decompressed. Default 8 MB. */
  maxBodyBytes?: number;
  /** Bodies of all requests together. Default 32 MB. */
  maxBufferedBytes?: number;
  /** Batches that may wait for the store. Default 256. */
  maxWaiting?: number;
  /** Default 1,024. */
  maxConnections?: number;
  /** A body must be there after so long; a quarter of it without a byte is too slow, too. Default 30 s. */
  bodyTimeoutMs?: number;
  onEvent?: (event: ServeEvent) => void;
  now?: () => number;
}

/** A server that takes batches of events and answers when they are on the disk. */
export class IngestServer {
  readonly #options: IngestOptions;
  readonly #app: FastifyInstance;
  readonly #queue: IngestQueue;
  readonly #budget: Budget;
  readonly #metrics = new Metrics();
  readonly #limits: BodyLimits;
  readonly #authenticated = new WeakMap<FastifyRequest, Authenticated & { ok: true }>();
  #keys: readonly IngestKey[];
  #stopping = false;

  private constructor(options: IngestOptions, keys: readonly IngestKey[]) {
    this.#options = options;
    this.#keys = keys;
    const totalMs = options.bodyTimeoutMs ?? 30_000;
    this.#limits = { maxBytes: options.maxBodyBytes ?? 8 * 2 ** 20, totalMs, idleMs: totalMs / 4 };
    this.#budget = new Budget(options.maxBufferedBytes ?? 32 * 2 ** 20);
    this.#queue = new IngestQueue(options.store, {
      maxWaiting: options.maxWaiting ?? 256,
      // SQLite takes batches that come together into one transaction; Postgres has as many connections.
      writers: options.store.kind === "sqlite" ? 32 : 8,
      onCommit: (ms) => this.#metrics.observe("gristmill_ingest_commit_seconds", "Time of a transaction.", ms / 1_000),
    });
    this.#app = Fastify({
      logger: false,
      exposeHeadRoutes: false,
      // Ours, which answers in our own words, is in `readBody`.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      requestTimeout: totalMs + 5_000,
      keepAliveTimeout: 75_000,
      http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 },
      forceCloseConnections: "idle",
      return503OnClosing: true,
    });
    this.#app.server.maxConnections = options.maxConnections ?? 1_024;
    this.#gauges();
    this.#routes();
  }

  /** Reads the keys, listens, and comes back. */
  static async start(options: IngestOptions): Promise<IngestServer> {
    const server = new IngestServer(options, await readKeys(options.keys));
    await server.#listen();
    return server;
  }

  /** Where it listens. */
  get url(): string {
    const address = this.#app.server.address();
    if (address === null || typeof address === "string") return "";
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  }

  /** Reads the keys anew; when that fails, the old ones stay. */
  async reloadKeys(): Promise<void> {
    try {
      this.#keys = await readKeys(this.#options.keys);
      this.#tell({ event: "keys_reloaded", keys: this.#keys.length });
    } catch (error) {
      const { code, message } = asFailure(error);
      this.#tell({ event: "warning", code, message: `${message}; the old keys stay` });
    }
  }

  /** Takes nothing new, commits and answers what it has, and ends. The store stays open. */
  async close(): Promise<void> {
    this.#stopping = true;
    this.#tell({ event: "stopping", waiting: this.#queue.length });
    await this.#app.close();
    await this.#queue.drained();
    this.#tell({ event: "stopped" });
  }

  async #listen(): Promise<void> {
    const { host = "127.0.0.1", port = 8787, store } = this.#options;
    try {
      await this.#app.listen({ host, port });
    } catch (error) {
      await this.#app.close();
      throw cannotListen(error, host, port);
    }
    this.#tell({ event: "listening", url: this.url, store: store.place, keys: this.#keys.length });
  }

  #routes(): void {
    const app = this.#app;
    // The body is read by us, after the head has been checked and within our own limits.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));
    app.setErrorHandler((error, request, reply) => this.#answer(error, request, reply));
    app.setNotFoundHandler((request, reply) =>
      this.#answer(new Refused(404, "GM_INGEST_NOT_FOUND", "no such route"), request, reply),
    );
    app.addHook("onResponse", (request, reply, done) => {
      this.#log(request, reply);
      done();
    });
    app.get("/healthz", () => this.#health());
    app.get("/metrics", (_request, reply) => reply.type(METRICS_TYPE).send(this.#metrics.text()));
    const onRequest = (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void => {
      try {
        this.#admit(request);
        done();
      } catch (error) {
        done(error as Error);
      }
    };
    app.post("/v1/messages", { onRequest }, (request) => this.#take(request));
    app.get<{ Params: { id: string } }>("/v1/channels/:id/last", { onRequest }, async ({ params }) => {
      if (!/^\d{1,20}$/.test(params.id)) throw new Refused(400, "GM_INGEST_BAD_CHANNEL", "a channel id is a number");
      return { message_id: await this.#options.store.lastMessageId(params.id) };
    });
  }

  /** By the head alone: who it is, then whether there is room for what comes. */
  #admit(request: FastifyRequest): void {
    const { method, url, headers } = request.raw;
    const head = { method: method ?? "", path: url ?? "", headers };
    const found = authenticate(head, this.#keys, this.#options.now?.() ?? Date.now());
    if (!found.ok) {
      this.#metrics.count("gristmill_ingest_refused_credentials_total", "Requests not authorised.", 1, {
        why: found.why,
      });
      throw new Refused(401, "GM_INGEST_UNAUTHORIZED", "not authorised");
    }
    this.#authenticated.set(request, found);
    if (this.#stopping) throw new Refused(503, "GM_INGEST_STOPPING", "the server stops", { retryAfterS: 5 });
    if (method !== "POST") return;
    this.#queue.checkRoom();
    this.#budget.checkRoom();
  }

  async #take(request: FastifyRequest): Promise<Record<string, number | boolean>> {
    const share = this.#budget.share();
    try {
      const encoding = checkBodyHead(request.raw, this.#limits);
      const wanted = this.#authenticated.get(request)?.bodyHash ?? null;
      const sent = await readBody(request.raw, this.#limits, share, wanted);
      const body = encoding === "gzip" ? await inflate(sent, this.#limits, share) : sent;
      const key = request.headers[HEADERS.idempotency];
      if (Array.isArray(key) || (key !== undefined && !/^[\x21-\x7e]{1,128}$/.test(key))) {
        throw new Refused(400, "GM_INGEST_BAD_KEY", "an idempotency key has up to 128 visible ASCII characters");
      }
      const applied = await this.#queue.add(body, key);
      for (const what of ["inserted", "updated", "deleted", "ignored", "erased"] as const) {
        if (!applied.replayed)
          this.#metrics.count(MESSAGES, "Messages by what became of them.", applied[what], { what });
      }
      if (applied.replayed) this.#metrics.count("gristmill_ingest_replays_total", "Batches known by their key.");
      return { ...applied };
    } finally {
      share.giveBack();
    }
  }

  async #health(): Promise<Record<string, unknown>> {
    if (this.#stopping) throw new Refused(503, "GM_INGEST_STOPPING", "the server stops");
    await this.#options.store.ping();
    return { status: "ok", waiting: this.#queue.length, buffered_bytes: this.#budget.used };
  }

  #answer(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const refused = error instanceof Refused ? error : asRefused(error);
    if (refused.status >= 500 && refused.code === "GM_INGEST_INTERNAL") {
      this.#tell({ event: "warning", code: refused.code, message: asFailure(error).message });
    }
    if (refused.retryAfterS !== undefined) reply.header("retry-after", String(refused.retryAfterS));
    // What is left of a body that nobody wants must not hold the connection.
    if (refused.closes || mayBeLong(request)) reply.header("connection", "close");
    Object.assign(request, { failureCode: refused.code });
    const { code, message, problems } = refused;
    return reply.status(refused.status).send({ error: { code, message, ...(problems && { problems }) } });
  }

  #log(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.url ?? "other";
    const status = reply.statusCode;
    this.#metrics.count("gristmill_ingest_requests_total", "Requests.", 1, { route, status: String(status) });
    if (route === "/v1/messages") {
      const seconds = reply.elapsedTime / 1_000;
      this.#metrics.observe("gristmill_ingest_request_seconds", "Time from a request to its answer.", seconds);
    }
    const key = this.#authenticated.get(request)?.key;
    const code = (request as { failureCode?: string }).failureCode;
    this.#tell({
      event: "request",
      method: request.method,
      route,
      status,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ...(key === undefined ? {} : { key }),
      ...(code === undefined ? {} : { code }),
    });
  }

  #gauges(): void {
    const metrics = this.#metrics;
    metrics.gauge("gristmill_ingest_waiting_batches", "Batches waiting for the store.", () => this.#queue.length);
    metrics.gauge("gristmill_ingest_buffered_bytes", "Bytes of bodies in memory.", () => this.#budget.used);
    metrics.gauge("process_resident_memory_bytes", "Memory in use.", () => process.memoryUsage.rss());
    metrics.gauge("process_start_time_seconds", "Start of the process.", () => Date.now() / 1_000 - process.uptime());
  }

  #tell(event: ServeEvent): void {
    this.#options.onEvent?.(event);
  }
}

const MESSAGES = "gristmill_ingest_messages_total";

/** Up to this much of a refused body is read and thrown away, so that the client sees the answer. */
const DRAINED_BYTES = 1 << 20;

function mayBeLong({ raw }: FastifyRequest): boolean {
  const length = raw.headers["content-length"];
  return (
    !raw.complete &&
    (length === undefined ? raw.headers["transfer-encoding"] !== undefined : Number(length) > DRAINED_BYTES)
  );
}

function asRefused(error: unknown): Refused {
  if (error instanceof GristmillError)
    return new Refused(503, error.code, "the store cannot be reached", { retryAfterS: 1 });
  const status = (error as { statusCode?: number }).statusCode;
  if (status !== undefined && status < 500)
    return new Refused(status, "GM_INGEST_BAD_REQUEST", "not a request that can be answered");
  return new Refused(500, "GM_INGEST_INTERNAL", "a fault of the server", { retryAfterS: 1 });
}

function asFailure(error: unknown): { code: string; message: string } {
  if (error instanceof GristmillError) return error;
  return { code: "GM_INGEST_INTERNAL", message: error instanceof Error ? error.message : String(error) };
}

function cannotListen(error: unknown, host: string, port: number): GristmillError {
  const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const hint =
    why === "EADDRINUSE" ? "another process listens there; choose another --port" : "check --host and --port";
  return new GristmillError("GM_INGEST_CANNOT_LISTEN", "failed", `cannot listen on ${host}:${port}: ${why}`, hint, {
    cause: error,
  });
}
