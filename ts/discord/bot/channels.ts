import { ChannelType } from "discord-api-types/v10";
import type { ChannelEvent } from "../../store/index.ts";
import { before, later } from "./snowflake.ts";
import type { BotState, KnownChannel } from "./state.ts";

/** What may be captured. Empty: no limit of that kind; at least one of them has something. */
export interface AllowList {
  guilds: ReadonlySet<string>;
  /** A channel brings its threads with it. */
  channels: ReadonlySet<string>;
}

/** The parts of Discord's channels and threads that are looked at. */
export interface RawChannel {
  id: string;
  type: number;
  guild_id?: string;
  parent_id?: string | null;
  name?: string | null;
}

const KINDS: Readonly<Record<number, string>> = {
  [ChannelType.GuildText]: "text",
  [ChannelType.GuildVoice]: "voice",
  [ChannelType.GuildAnnouncement]: "announcement",
  [ChannelType.GuildStageVoice]: "stage",
  [ChannelType.GuildForum]: "forum",
  [ChannelType.GuildMedia]: "media",
  [ChannelType.AnnouncementThread]: "thread",
  [ChannelType.PublicThread]: "thread",
  [ChannelType.PrivateThread]: "thread",
};

/** Kinds that hold threads, and those that hold messages of their own. */
export const HOLDS_THREADS: ReadonlySet<string> = new Set(["text", "announcement", "forum", "media"]);
const HOLDS_MESSAGES: ReadonlySet<string> = new Set(["text", "voice", "announcement", "stage", "thread"]);

/** Whether Discord can be asked for messages of it. */
export function holdsMessages(channel: KnownChannel): boolean {
  return HOLDS_MESSAGES.has(channel.kind);
}

/** How a channel begins that is met for the first time. */
export interface Beginning {
  /** Messages after this id are wanted. */
  since: string;
  /** The store may have messages of it. */
  fresh: boolean;
  /** Archived threads are wanted that were archived after this moment. */
  listed: number;
  at: number;
}

/** The channels and threads that are captured, kept in the state of the bot. */
export class Channels {
  readonly #state: BotState;
  readonly #allowed: AllowList;

  constructor(state: BotState, allowed: AllowList) {
    this.#state = state;
    this.#allowed = allowed;
    for (const [id, { guild, parent }] of state.channels) {
      if (!this.allows(guild, id, parent)) state.channels.delete(id);
    }
  }

  allows(guild: string, channel: string, parent: string | null): boolean {
    const { guilds, channels } = this.#allowed;
    if (guilds.size > 0 && !guilds.has(guild)) return false;
    return channels.size === 0 || channels.has(channel) || (parent !== null && channels.has(parent));
  }

  get(id: string): KnownChannel | undefined {
    return this.#state.channels.get(id);
  }

  entries(): [string, KnownChannel][] {
    return [...this.#state.channels];
  }

  /**
   * Takes note of a channel or thread. Gives the event for the store if there is something new; `null` if not, or if
   * it is not captured.
   */
  note(raw: RawChannel, guild: string, { since, fresh, listed, at }: Beginning): ChannelEvent | null {
    const kind = KINDS[raw.type];
    if (kind === undefined) return null;
    const parent = kind === "thread" ? (raw.parent_id ?? null) : null;
    if (!this.allows(guild, raw.id, parent)) return null;
    const name = raw.name ?? null;
    const old = this.#state.channels.get(raw.id);
    if (old !== undefined && old.name === name && old.kind === kind && old.parent === parent) return null;
    // A thread is wanted as far back as its channel, and never from before it was made.
    const start = later(before(raw.id), (parent === null ? undefined : this.get(parent)?.since) ?? since);
    this.#state.channels.set(raw.id, {
      ...(old ?? { since: start, done: start, behind: true, fresh, listed }),
      guild,
      parent,
      name,
      kind,
    });
    return {
      event: "channel",
      channel_id: raw.id,
      guild_id: guild,
      parent_channel_id: parent,
      name,
      kind,
      seen: new Date(at).toISOString(),
    };
  }
}
