import { setMaxListeners } from "node:events";
import type { SessionInfo } from "@discordjs/ws";
import type { APIMessage, GatewayDispatchPayload } from "discord-api-types/v10";
import { GatewayDispatchEvents } from "discord-api-types/v10";
import { GristmillError } from "../../native/index.ts";
import { realDisk } from "../../run/disk.ts";
import { takeLock } from "../../run/lock.ts";
import type { StoreEvent } from "../../store/index.ts";
import { pause } from "../backoff.ts";
import { Spool } from "../spool/spool.ts";
import { type AllowList, type Beginning, Channels, type RawChannel } from "./channels.ts";
import { DiscordApi, NotShown } from "./discord-api.ts";
import { Dispatch } from "./dispatch.ts";
import { Gateway } from "./gateway.ts";
import { type Health, serveHealth } from "./health.ts";
import { History, progressOf } from "./history.ts";
import { MemberCommands, type RawInteraction } from "./member-commands.ts";
import { messageEvent } from "./message.ts";
import { OptOuts } from "./opt-out.ts";
import { OptOutFile } from "./opt-out-file.ts";
import { Sender } from "./sender.ts";
import { before, idAt } from "./snowflake.ts";
import { type BotState, type KnownChannel, readState, writeState } from "./state.ts";
import type { Target } from "./target.ts";

/** What the bot says about itself; never text of a message, never a secret. */
export type CaptureEvent =
  | { event: "started"; target: string; spool: string; queued: number; channels: number; health: string | null }
  | { event: "connected"; session: "new" | "resumed" }
  | { event: "disconnected" }
  | { event: "history"; channel: string; messages: number; share: number; finished: boolean }
  | { event: "retry"; why: string; wait_ms: number }
  | { event: "warning"; code: string; message: string }
  | ({ event: "health" } & Health)
  | { event: "stopped"; queued: number };

export interface CaptureOptions {
  token: string;
  target: Target;
  /** Folder of the spool and of what the bot remembers. */
  folder: string;
  allowed: AllowList;
  /** Messages from this moment on are asked for, ms since 1970; `null`: from the first meeting of a channel. */
  historyFrom: number | null;
  spoolBytes: number;
  /** List of users never to be captured; read again when it changes. */
  optOutFile?: string;
  /** Offer the slash commands. */
  commands: boolean;
  healthPort?: number;
  /** Another base of Discord's REST API. */
  api?: string;
  onEvent?: (event: CaptureEvent) => void;
  /** Default 30 s. */
  healthMs?: number;
  batchMs?: number;
}

/** After a lost session this much of each channel is looked at again, for edits nobody told of. */
const LOOK_BACK_MS = 3_600_000;
/** Channels with new messages are checked against the history so often, this far back. */
const SWEEP_MS = 600_000;
const SWEEP_BACK_MS = 10_000;
const PERSIST_MS = 1_000;
const LIST_MS = 2_000;
/** How long a stop may take to send what is left. */
const FAREWELL_MS = 3_000;

/** The bot: Discord's gateway into a spool, the spool into the target, the history where the gateway had gaps. */
export class Capture {
  readonly #options: CaptureOptions;
  readonly #state: BotState;
  readonly #spool: Spool;
  readonly #channels: Channels;
  readonly #optOuts: OptOuts;
  readonly #optOutFile: OptOutFile | null;
  readonly #commands: MemberCommands;
  readonly #sender: Sender;
  readonly #history: History;
  readonly #dispatch: Dispatch;
  readonly #api: DiscordApi;
  readonly #gateway: Gateway;
  readonly #abort = new AbortController();
  readonly #touched = new Set<string>();
  readonly #asked = new Set<string>();
  /** No channel has been remembered yet: a start before this one may have ended at once. */
  #first: boolean;
  /** The spool has refused an event. */
  #refused = false;
  #connected = false;
  #changed = false;
  #persisting: Promise<void> = Promise.resolve();
  #fail: (error: unknown) => void = () => undefined;

  private constructor(options: CaptureOptions, state: BotState, spool: Spool) {
    this.#options = options;
    this.#state = state;
    this.#spool = spool;
    this.#channels = new Channels(state, options.allowed);
    this.#first = state.channels.size === 0;
    this.#optOuts = new OptOuts(state.optedOut, Date.now);
    this.#optOutFile = options.optOutFile === undefined ? null : new OptOutFile(options.optOutFile);
    this.#sender = new Sender({
      spool,
      target: options.target,
      folder: options.folder,
      ...(options.batchMs !== undefined && { batchMs: options.batchMs }),
      onRetry: (why, wait) => this.#tell({ event: "retry", why, wait_ms: Math.round(wait) }),
      onRejected: (count, message) =>
        this.#warn("GM_CAPTURE_REJECTED", `${count} events are never taken (${message}); they are in rejected.jsonl`),
    });
    this.#api = new DiscordApi(options.token, options.api, this.#abort.signal);
    this.#commands = new MemberCommands({
      api: this.#api,
      optOuts: this.#optOuts,
      keep: async (events) => {
        await this.#append(events);
        this.#changed = true;
        await this.#persist();
      },
      onWarning: (code, message) => this.#warn(code, message),
    });
    this.#history = this.#makeHistory();
    this.#dispatch = new Dispatch({
      channels: this.#channels,
      optOuts: this.#optOuts,
      beginning: (made) => this.#beginning(made),
      onChannel: (id) => {
        this.#history.want(id, 0);
        this.#changed = true;
        setImmediate(() => void this.#persist().catch((error: unknown) => this.#fail(error)));
      },
      onUnknown: (channel, guild) => void this.#meet(channel, guild),
      onMessage: (channel) => this.#touched.add(channel),
    });
    this.#gateway = new Gateway({
      token: options.token,
      rest: this.#api.rest,
      sessions: state.sessions,
      onDispatch: (payload, session) => this.#take(payload, session),
      onLine: (up) => this.#line(up),
      onFatal: (error) => this.#fail(error),
    });
  }

  /** Captures until the signal fires. Fails for what no further attempt mends; what was captured is in the spool then. */
  static async run(options: CaptureOptions, signal: AbortSignal): Promise<void> {
    await realDisk.makeFolder(options.folder);
    const lock = await takeLock(realDisk, options.folder).catch((error: unknown) => {
      throw lockedOr(error, options.folder);
    });
    try {
      const state = await readState(options.folder);
      if (state.begun === null) {
        state.begun = Date.now();
        await writeState(options.folder, state);
      }
      const spool = await Spool.open({ folder: options.folder, limitBytes: options.spoolBytes });
      try {
        await new Capture(options, state, spool).#run(signal);
      } finally {
        await spool.close();
      }
    } finally {
      await lock.release();
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { target, folder, healthPort } = this.#options;
    const health = healthPort === undefined ? null : await serveHealth(healthPort, () => this.#health());
    this.#reachBack();
    await this.#firstOptOuts();
    this.#tell({
      event: "started",
      target: target.place,
      spool: folder,
      queued: this.#spool.length,
      channels: this.#channels.entries().length,
      health: health?.url ?? null,
    });
    const timers = [
      setInterval(() => void this.#persist().catch((error: unknown) => this.#fail(error)), PERSIST_MS),
      setInterval(() => this.#tell({ event: "health", ...this.#health() }), this.#options.healthMs ?? 30_000),
      setInterval(() => this.#sweep(), SWEEP_MS),
      setInterval(() => void this.#readListAgain(), LIST_MS),
    ];
    const inner = this.#abort.signal;
    // Each request and each wait listens while it lasts.
    setMaxListeners(64, inner);
    const stopped = new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const work = [this.#sender.run(inner), this.#history.run(inner), this.#connect(inner)];
    try {
      await Promise.race([stopped, Promise.all(work).then(() => stopped)]);
    } finally {
      for (const timer of timers) clearInterval(timer);
      await this.#stop(work, health);
    }
  }

  async #stop(work: readonly Promise<void>[], health: { close(): Promise<void> } | null): Promise<void> {
    await this.#gateway.close();
    this.#abort.abort();
    await Promise.allSettled(work);
    // After a failure of the disk nothing more is promised: what was remembered before stays.
    await this.#persist().catch(() => undefined);
    const farewell = new AbortController();
    const timer = setTimeout(() => farewell.abort(), FAREWELL_MS);
    await this.#sender.drain(farewell.signal).catch(() => undefined);
    clearTimeout(timer);
    await health?.close();
    this.#tell({ event: "stopped", queued: this.#spool.length });
  }

  /** A spool that is nearly full is emptied first, so that a start does not end at once. */
  async #connect(signal: AbortSignal): Promise<void> {
    await this.#room(signal);
    await this.#gateway.connect();
  }

  async #room(signal: AbortSignal): Promise<void> {
    while (this.#spool.bytes > this.#spool.limitBytes / 2 && !signal.aborted) await pause(200, signal);
  }

  #take(payload: GatewayDispatchPayload, session: SessionInfo | null): void {
    if (payload.t === GatewayDispatchEvents.Ready) this.#ready(payload.d.application.id);
    if (payload.t === GatewayDispatchEvents.Resumed) this.#resumed();
    if (payload.t === GatewayDispatchEvents.InteractionCreate) {
      this.#commands.take(payload.d as RawInteraction).catch((error: unknown) => this.#fail(error));
    }
    const sequence = payload.s;
    this.#append(this.#dispatch.events(payload)).then(
      () => {
        // All before this one is on disk as well: the spool keeps the order. After an event it could not take, the
        // session stays where it is, so that Discord tells that event again.
        if (this.#refused) return;
        if (session !== null) this.#state.sessions.set(session.shardId, { ...session, sequence });
        this.#changed = true;
      },
      (error: unknown) => {
        this.#refused = true;
        this.#fail(error);
      },
    );
  }

  /** A new session: whatever happened since the last one has to be asked for. */
  #ready(application: string): void {
    this.#tell({ event: "connected", session: "new" });
    for (const [id, channel] of this.#channels.entries()) {
      channel.behind = true;
      this.#history.want(id, LOOK_BACK_MS);
    }
    if (this.#options.commands) void this.#commands.offer(application, this.#abort.signal);
  }

  #resumed(): void {
    this.#tell({ event: "connected", session: "resumed" });
    for (const [id, channel] of this.#channels.entries()) if (channel.behind) this.#history.want(id, 0);
  }

  #line(up: boolean): void {
    if (this.#connected && !up) this.#tell({ event: "disconnected" });
    this.#connected = up;
  }

  /** A channel that no event has told of: Discord is asked what it is, then for its messages. */
  async #meet(id: string, guild: string): Promise<void> {
    const { guilds } = this.#options.allowed;
    if (this.#asked.has(id) || (guilds.size > 0 && !guilds.has(guild))) return;
    this.#asked.add(id);
    try {
      await this.#append(this.#noteThread((await this.#api.channel(id)) as RawChannel, guild));
      if (this.#channels.get(id) !== undefined) this.#history.want(id, LOOK_BACK_MS);
    } catch (error) {
      if (!this.#abort.signal.aborted && !(error instanceof NotShown)) this.#fail(error);
    }
  }

  #makeHistory(): History {
    return new History({
      api: this.#api,
      channels: this.#channels,
      append: async (events) => {
        // The past can wait: only what happens now may fill the spool.
        await this.#room(this.#abort.signal);
        await this.#append(events);
      },
      messageEvents: (page, channel) => this.#messageEvents(page, channel),
      note: (thread, guild) => this.#noteThread(thread, guild),
      lastStored: (channel) => this.#options.target.lastMessageId(channel),
      onProgress: (id, messages, until, finished) => {
        const channel = this.#channels.get(id);
        if (messages === 0 || channel === undefined) return;
        const share = finished ? 1 : progressOf(channel, until, Date.now());
        this.#tell({ event: "history", channel: id, messages, share: Math.round(share * 1_000) / 1_000, finished });
      },
      onHidden: (id) =>
        this.#warn(
          "GM_CAPTURE_HIDDEN",
          `channel ${id} is not shown to the bot; it needs View Channel and Read Message History`,
        ),
      onChange: () => {
        this.#changed = true;
      },
      now: Date.now,
    });
  }

  #messageEvents(page: readonly APIMessage[], { guild, parent }: KnownChannel): StoreEvent[] {
    return page
      .filter(({ author }) => !this.#optOuts.has(author.id))
      .map((message) => messageEvent(message, { guild, parent }));
  }

  #noteThread(thread: RawChannel, guild: string): StoreEvent[] {
    const event = this.#channels.note(thread, guild, this.#beginning(false));
    return event === null ? [] : [event];
  }

  #beginning(made: boolean): Beginning {
    const at = Date.now();
    const { historyFrom } = this.#options;
    if (historyFrom !== null) return { since: idAt(historyFrom), fresh: false, listed: historyFrom, at };
    // Nothing of a channel that was made just now is older than the bot's leave to read it.
    const begun = this.#first ? (this.#state.begun ?? at) : at;
    return { since: made ? "0" : before(idAt(begun)), fresh: !made, listed: begun, at };
  }

  /** A history asked for later than the first start reaches behind what was asked for then. */
  #reachBack(): void {
    const { historyFrom } = this.#options;
    if (historyFrom === null) return;
    const since = idAt(historyFrom);
    for (const [, channel] of this.#channels.entries()) {
      if (BigInt(since) >= BigInt(channel.since)) continue;
      Object.assign(channel, { since, done: since, behind: true, listed: Math.min(channel.listed, historyFrom) });
      this.#changed = true;
    }
  }

  /** From the list file and from the store. */
  async #firstOptOuts(): Promise<void> {
    const stored = await this.#options.target.optedOut().catch(() => []);
    for (const id of stored) this.#state.optedOut.add(id);
    await this.#optOut((await this.#optOutFile?.news()) ?? null);
  }

  /** A list that cannot be read now ends nothing: those of the one before stay out. */
  async #readListAgain(): Promise<void> {
    try {
      const listed = await this.#optOutFile?.news().catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        this.#warn("GM_CAPTURE_LIST", `the opt-out list is not taken: ${why}; the one read before holds`);
      });
      await this.#optOut(listed ?? null);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #optOut(authors: readonly string[] | null): Promise<void> {
    if (authors === null) return;
    await this.#append(this.#optOuts.add(authors));
    this.#changed = true;
  }

  #sweep(): void {
    for (const id of this.#touched) this.#history.want(id, SWEEP_BACK_MS);
    this.#touched.clear();
  }

  #append(events: readonly StoreEvent[]): Promise<void> {
    return this.#spool.append(events.map((event) => JSON.stringify(event)));
  }

  /** Remembers, one writing after the other; never more than the spool holds. */
  #persist(): Promise<void> {
    this.#persisting = this.#persisting.catch(() => undefined).then(() => this.#write());
    return this.#persisting;
  }

  async #write(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    await this.#spool.append([]);
    await writeState(this.#options.folder, this.#state);
    if (this.#state.channels.size > 0) this.#first = false;
  }

  #health(): Health {
    return {
      connected: this.#connected,
      queued: this.#spool.length,
      queued_bytes: this.#spool.bytes,
      oldest_unsent_ms: Math.round(this.#spool.oldestAge),
      sent: this.#sender.sent,
      retries: this.#sender.retries,
      rejected: this.#sender.rejected,
      channels: this.#channels.entries().length,
      channels_behind: this.#history.behind,
      opted_out: this.#optOuts.size,
    };
  }

  #warn(code: string, message: string): void {
    this.#tell({ event: "warning", code, message });
  }

  #tell(event: CaptureEvent): void {
    this.#options.onEvent?.(event);
  }
}

function lockedOr(error: unknown, folder: string): unknown {
  if (!(error instanceof GristmillError) || error.code !== "GM_RUN_LOCKED") return error;
  return new GristmillError(
    "GM_CAPTURE_LOCKED",
    "failed",
    `another bot uses ${folder}`,
    "stop it, or choose another --spool; one bot per token is enough",
    { cause: error },
  );
}
