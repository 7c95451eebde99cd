import type { REST } from "@discordjs/rest";
import { CloseCodes, type SessionInfo, WebSocketManager, WebSocketShardEvents } from "@discordjs/ws";
import type { GatewayDispatchPayload } from "discord-api-types/v10";
import { GatewayCloseCodes, GatewayIntentBits } from "discord-api-types/v10";
import { GristmillError } from "../../native/index.ts";
import { type Backoff, backoff, pause } from "../backoff.ts";

/** Guilds with their channels, messages in guilds, and the text of messages, which Discord has to allow. */
const INTENTS = GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages | GatewayIntentBits.MessageContent;

export interface GatewayOptions {
  token: string;
  rest: REST;
  /** Sessions of an earlier run, by shard. */
  sessions: ReadonlyMap<number, SessionInfo>;
  /** A dispatch with the session as it is after it. */
  onDispatch(payload: GatewayDispatchPayload, session: SessionInfo | null): void;
  /** The connection is lost and will be made again, or it stands again. */
  onLine(up: boolean): void;
  /** Something that cannot be mended by trying again. */
  onFatal(error: GristmillError): void;
  random?: () => number;
}

interface Link {
  session: SessionInfo | null;
  /** The gateway has said hello since the connection was begun. */
  greeted: boolean;
  /** The connection before was cut, or could not be made. */
  cut: boolean;
  /** A connection is being made: neither greeted nor closed yet. */
  making: boolean;
  wait: Backoff;
}

/** A gateway that does not answer for so long is as good as down. */
const HANDSHAKE_MS = 10_000;
/** How long a close may take. */
const CLOSING_MS = 2_000;

/** Codes after which Discord wants no further attempt. */
const FATAL: Readonly<Record<number, readonly [code: string, message: string, hint: string]>> = {
  [GatewayCloseCodes.AuthenticationFailed]: ["GM_CAPTURE_BAD_TOKEN", "Discord does not know the token", TOKEN_HINT()],
  [GatewayCloseCodes.DisallowedIntents]: [
    "GM_CAPTURE_INTENTS",
    "Discord does not let the bot read the text of messages",
    "switch on the Message Content intent on the bot's page of the developer portal",
  ],
  [GatewayCloseCodes.InvalidIntents]: ["GM_CAPTURE_INTENTS", "Discord does not know the intents", "update gristmill"],
  [GatewayCloseCodes.InvalidAPIVersion]: [
    "GM_CAPTURE_API_VERSION",
    "Discord has given up this API",
    "update gristmill",
  ],
  [GatewayCloseCodes.InvalidShard]: ["GM_CAPTURE_SHARDS", "Discord refuses the shards", "start again"],
  [GatewayCloseCodes.ShardingRequired]: [
    "GM_CAPTURE_SHARDS",
    "the bot is in too many guilds for one shard",
    "start again",
  ],
};

function TOKEN_HINT(): string {
  return "copy it anew from the bot's page of the developer portal; a reset makes older ones useless";
}

/**
 * The connection to Discord's gateway by discord.js' own package for it. We hold the sessions, since a session may be
 * taken up again after a restart, and only from where everything before is on disk.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #manager: WebSocketManager;
  readonly #links = new Map<number, Link>();
  #stopping = new AbortController();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#manager = new WebSocketManager({
      token: options.token,
      intents: INTENTS,
      rest: options.rest,
      handshakeTimeout: HANDSHAKE_MS,
      retrieveSessionInfo: (shard) => this.#retrieve(shard),
      updateSessionInfo: (shard, session) => this.#update(shard, session),
    });
    const manager = this.#manager;
    manager.on(WebSocketShardEvents.Hello, ({ shardId }) => {
      const link = this.#link(shardId);
      Object.assign(link, { greeted: true, making: false, cut: false });
    });
    manager.on(WebSocketShardEvents.Ready, ({ shardId }) => this.#up(shardId));
    manager.on(WebSocketShardEvents.Resumed, ({ shardId }) => this.#up(shardId));
    manager.on(WebSocketShardEvents.Closed, ({ code, shardId }) => this.#closed(code, shardId));
    manager.on(WebSocketShardEvents.Dispatch, ({ data, shardId }) =>
      options.onDispatch(data, this.#link(shardId).session),
    );
    // What went wrong is told by the close that follows.
    manager.on(WebSocketShardEvents.Error, () => undefined);
  }

  /** Connects; comes back at the first success, fails only for what no attempt mends. */
  async connect(): Promise<void> {
    const wait = backoff({ ...(this.#options.random && { random: this.#options.random }) });
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#manager.fetchGatewayInformation(true);
        break;
      } catch (error) {
        if ((error as { status?: number }).status === 401) throw badToken();
        await pause(wait.next(), this.#stopping.signal);
      }
    }
    if (this.#stopping.signal.aborted) return;
    // Ready comes as an event; a first connection may take as long as it likes.
    void this.#manager.connect().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#options.onFatal(asFatal(error));
    });
  }

  /** Closes in a way that lets the session be taken up again; no connection is made afterwards. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const until = Date.now() + CLOSING_MS;
    // The package forgets a connection that it destroys before the gateway has answered, and that would stay open.
    while (this.#making && Date.now() < until) await pause(20);
    // Left to itself it ends with the handshake's time, and none follows.
    if (this.#making) return;
    const closed = new AbortController();
    const destroyed = Promise.resolve(this.#manager.destroy({ code: CloseCodes.Resuming }));
    await Promise.race([destroyed, pause(CLOSING_MS, closed.signal)]).catch(() => undefined);
    closed.abort();
  }

  get #making(): boolean {
    return [...this.#links.values()].some(({ making }) => making);
  }

  async #retrieve(shard: number): Promise<SessionInfo | null> {
    const link = this.#link(shard);
    // Asked before a connection is made; the package itself tries again at once, which is no way to treat a server that is down.
    if (link.cut && !link.greeted) await pause(link.wait.next(), this.#stopping.signal);
    // No connection may follow a close; the package has no other way to be told.
    if (this.#stopping.signal.aborted) return new Promise(() => undefined);
    link.making = !link.greeted;
    return link.session;
  }

  #update(shard: number, session: SessionInfo | null): void {
    const link = this.#link(shard);
    // A connection that could not be made says nothing about the session.
    if (session === null && ((link.cut && !link.greeted) || this.#stopping.signal.aborted)) return;
    link.session = session;
  }

  #up(shard: number): void {
    this.#link(shard).wait.reset();
    this.#options.onLine(true);
  }

  #closed(code: number, shard: number): void {
    const link = this.#link(shard);
    Object.assign(link, { greeted: false, making: false, cut: code === 1006 });
    this.#options.onLine(false);
    const fatal = FATAL[code];
    if (fatal !== undefined) this.#options.onFatal(new GristmillError(fatal[0], "failed", fatal[1], fatal[2]));
  }

  #link(shard: number): Link {
    let link = this.#links.get(shard);
    if (link === undefined) {
      const wait = backoff({ ...(this.#options.random && { random: this.#options.random }) });
      link = { session: this.#options.sessions.get(shard) ?? null, greeted: false, cut: false, making: false, wait };
      this.#links.set(shard, link);
    }
    return link;
  }
}

/** Discord refused the token. */
export function badToken(): GristmillError {
  return new GristmillError("GM_CAPTURE_BAD_TOKEN", "failed", "Discord does not know the token", TOKEN_HINT());
}

function asFatal(error: unknown): GristmillError {
  if (error instanceof GristmillError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new GristmillError("GM_CAPTURE_GATEWAY", "failed", `the gateway cannot be used: ${message}`, undefined, {
    cause: error,
  });
}
