import type { GatewayDispatchPayload } from "discord-api-types/v10";
import { GatewayDispatchEvents } from "discord-api-types/v10";
import type { StoreEvent } from "../../store/index.ts";
import type { Beginning, Channels, RawChannel } from "./channels.ts";
import { messageEvent, type Standing, updateEvent } from "./message.ts";
import type { OptOuts } from "./opt-out.ts";

export interface DispatchOptions {
  channels: Channels;
  optOuts: OptOuts;
  /** How a channel begins that is met for the first time; `made`: it was made just now. */
  beginning(made: boolean): Beginning;
  /** A channel that was not known is now. */
  onChannel(id: string): void;
  /** A message in a channel nobody has told of. */
  onUnknown(channel: string, guild: string): void;
  onMessage(channel: string): void;
}

/** What the gateway tells, as events for the store. Direct messages and what is not on the allow-lists give none. */
export class Dispatch {
  readonly #options: DispatchOptions;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  events(payload: GatewayDispatchPayload): StoreEvent[] {
    switch (payload.t) {
      case GatewayDispatchEvents.MessageCreate: {
        const { d } = payload;
        const standing = this.#standing(d.guild_id, d.channel_id);
        if (standing === null || this.#options.optOuts.has(d.author.id)) return [];
        this.#options.onMessage(d.channel_id);
        return [messageEvent(d, standing)];
      }
      case GatewayDispatchEvents.MessageUpdate: {
        const { d } = payload;
        const standing = this.#standing(d.guild_id, d.channel_id);
        if (standing === null || this.#options.optOuts.has(d.author?.id ?? null)) return [];
        const event = updateEvent(d, standing);
        return event === null ? [] : [event];
      }
      case GatewayDispatchEvents.MessageDelete:
        return this.#deleted([payload.d.id], payload.d.guild_id, payload.d.channel_id);
      case GatewayDispatchEvents.MessageDeleteBulk:
        return this.#deleted(payload.d.ids, payload.d.guild_id, payload.d.channel_id);
      case GatewayDispatchEvents.GuildCreate: {
        const { d } = payload;
        // Channels before the threads that hang on them.
        const all = [...(d.channels ?? []), ...(d.threads ?? [])] as RawChannel[];
        return all.flatMap((channel) => this.#noted(channel, d.id, false));
      }
      case GatewayDispatchEvents.ChannelCreate:
      case GatewayDispatchEvents.ThreadCreate: {
        const made = payload.t === GatewayDispatchEvents.ChannelCreate || "newly_created" in payload.d;
        return this.#noted(payload.d as RawChannel, (payload.d as RawChannel).guild_id, made);
      }
      case GatewayDispatchEvents.ChannelUpdate:
      case GatewayDispatchEvents.ThreadUpdate:
        return this.#noted(payload.d as RawChannel, (payload.d as RawChannel).guild_id, false);
      case GatewayDispatchEvents.ThreadListSync:
        return payload.d.threads.flatMap((thread) => this.#noted(thread as RawChannel, payload.d.guild_id, false));
      default:
        return [];
    }
  }

  #noted(channel: RawChannel, guild: string | undefined, made: boolean): StoreEvent[] {
    if (guild === undefined) return [];
    const { channels, beginning, onChannel } = this.#options;
    const known = channels.get(channel.id) !== undefined;
    const event = channels.note(channel, guild, beginning(made));
    if (!known && channels.get(channel.id) !== undefined) onChannel(channel.id);
    return event === null ? [] : [event];
  }

  #deleted(ids: readonly string[], guild: string | undefined, channel: string): StoreEvent[] {
    if (this.#standing(guild, channel) === null) return [];
    return [{ event: "delete", message_ids: [...ids], channel_id: channel, guild_id: guild ?? null }];
  }

  /** `null`: a direct message, or not to be captured. */
  #standing(guild: string | undefined, channel: string): Standing | null {
    if (guild === undefined) return null;
    const known = this.#options.channels.get(channel);
    if (known !== undefined) return known.guild === guild ? { guild, parent: known.parent } : null;
    this.#options.onUnknown(channel, guild);
    return this.#options.channels.allows(guild, channel, null) ? { guild, parent: null } : null;
  }
}
