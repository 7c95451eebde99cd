import type { APIMessage } from "discord-api-types/v10";
import type { StoreEvent } from "../../store/index.ts";
import { backoff, pause } from "../backoff.ts";
import { type Channels, HOLDS_THREADS, holdsMessages, type RawChannel } from "./channels.ts";
import { type DiscordApi, NotShown, PAGE } from "./discord-api.ts";
import { earlier, later, timeOf } from "./snowflake.ts";
import type { KnownChannel } from "./state.ts";

export interface HistoryOptions {
  api: DiscordApi;
  channels: Channels;
  /** Puts events into the spool; comes back when they are on disk. */
  append(events: readonly StoreEvent[]): Promise<void>;
  messageEvents(page: readonly APIMessage[], channel: KnownChannel): StoreEvent[];
  /** A thread that was found; gives its event if it is new. */
  note(thread: RawChannel, guild: string): StoreEvent[];
  lastStored(channel: string): Promise<string | null>;
  onProgress(channel: string, messages: number, until: string, finished: boolean): void;
  onHidden(channel: string): void;
  onChange(): void;
  now(): number;
}

/** Channels asked at once. */
const WORKERS = 4;

/** Asks Discord for what the gateway did not tell: gaps, and the past of channels met for the first time. */
export class History {
  readonly #options: HistoryOptions;
  readonly #wanted = new Map<string, number>();
  readonly #active = new Set<string>();
  #more: (() => void)[] = [];

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Channels that are not up to date yet. */
  get behind(): number {
    return new Set([...this.#wanted.keys(), ...this.#active]).size;
  }

  /** Wants a channel brought up to date, and looks again at the last `againMs` for edits. */
  want(id: string, againMs: number): void {
    this.#wanted.set(id, Math.max(againMs, this.#wanted.get(id) ?? 0));
    for (const tell of this.#more.splice(0)) tell();
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => {
      for (const tell of this.#more.splice(0)) tell();
    });
    await Promise.all(Array.from({ length: WORKERS }, () => this.#work(signal)));
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = [...this.#wanted].find(([id]) => !this.#active.has(id));
      if (next === undefined) {
        await new Promise<void>((resolve) => this.#more.push(resolve));
        continue;
      }
      const [id, againMs] = next;
      this.#wanted.delete(id);
      this.#active.add(id);
      try {
        await this.#fill(id, againMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof NotShown)) throw error;
        this.#options.onHidden(id);
      } finally {
        this.#active.delete(id);
        // Another worker may wait for this very channel.
        for (const tell of this.#more.splice(0)) tell();
      }
    }
  }

  async #fill(id: string, againMs: number, signal: AbortSignal): Promise<void> {
    const { api, channels, append, messageEvents, onProgress, onChange } = this.#options;
    const channel = channels.get(id);
    if (channel === undefined) return;
    if (channel.fresh) await this.#askStore(id, channel, signal);
    if (HOLDS_THREADS.has(channel.kind)) await this.#listThreads(id, channel);
    let after = againMs === 0 ? channel.done : later(channel.since, earlier(channel.done, againMs));
    for (let messages = 0; holdsMessages(channel); ) {
      const page = await api.messagesAfter(id, after);
      await append(messageEvents(page, channel));
      after = page.at(-1)?.id ?? after;
      channel.done = later(channel.done, after);
      messages += page.length;
      const finished = page.length < PAGE;
      onProgress(id, messages, after, finished);
      onChange();
      if (finished) break;
    }
    // Wanted again meanwhile: the gateway has lost something since.
    channel.behind = this.#wanted.has(id);
    onChange();
  }

  /** The store may have messages of the channel from an import or from another bot. */
  async #askStore(id: string, channel: KnownChannel, signal: AbortSignal): Promise<void> {
    const wait = backoff();
    while (!signal.aborted) {
      try {
        const last = await this.#options.lastStored(id);
        if (last !== null && BigInt(last) < BigInt(channel.done)) Object.assign(channel, { since: last, done: last });
        channel.fresh = false;
        return;
      } catch {
        await pause(wait.next(), signal);
      }
    }
  }

  async #listThreads(id: string, channel: KnownChannel): Promise<void> {
    const { api, note, append, now, onChange } = this.#options;
    const begun = now();
    for (let before: string | null = null; ; ) {
      const page: Awaited<ReturnType<DiscordApi["archivedThreads"]>> = await api.archivedThreads(id, before);
      const threads = page.threads as (RawChannel & { thread_metadata?: { archive_timestamp: string } })[];
      const events = threads.flatMap((thread) => note(thread, channel.guild));
      if (events.length > 0) await append(events);
      for (const thread of threads) this.want(thread.id, 0);
      const last = threads.at(-1)?.thread_metadata?.archive_timestamp;
      if (!page.has_more || last === undefined || Date.parse(last) < channel.listed) break;
      before = last;
    }
    channel.listed = begun;
    onChange();
  }
}

/** Share of a channel's past that has been asked for. */
export function progressOf({ since }: KnownChannel, until: string, now: number): number {
  const begin = timeOf(since);
  return now <= begin ? 1 : Math.min(1, Math.max(0, (timeOf(until) - begin) / (now - begin)));
}
