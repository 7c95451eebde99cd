/** What is true on the other side: channels and messages, whatever reaches the bot. */
export interface FakeChannel {
  id: string;
  type: number;
  guild_id: string;
  name: string;
  parent_id: string | null;
  thread_metadata?: { archived: boolean; archive_timestamp: string };
}

export interface FakeMessage {
  id: string;
  type: number;
  channel_id: string;
  author: { id: string; username: string; bot?: boolean };
  webhook_id?: string;
  content: string;
  timestamp: string;
  edited_timestamp: string | null;
  message_reference?: { type?: number; message_id?: string; channel_id?: string; guild_id?: string };
}

export const GUILD = "200000000000000001";
export const TOKEN = "fake.token.0123456789abcdef";
export const APPLICATION = "300000000000000001";

const EPOCH = 1_420_070_400_000n;

/** Says a change the way the gateway would. */
export type Tell = (type: string, data: unknown) => void;

export class World {
  readonly channels = new Map<string, FakeChannel>();
  readonly messages = new Map<string, FakeMessage>();
  readonly #byChannel = new Map<string, string[]>();
  #last = 0n;
  tell: Tell = () => undefined;

  /** A new id; the time of it may be chosen. */
  id(at = Date.now()): string {
    const wanted = (BigInt(at) - EPOCH) << 22n;
    this.#last = wanted > this.#last ? wanted : this.#last + 1n;
    return this.#last.toString();
  }

  channel(name: string, type = 0, parent: string | null = null, at?: number): FakeChannel {
    const channel: FakeChannel = { id: this.id(at), type, guild_id: GUILD, name, parent_id: parent };
    if (type >= 10 && type <= 12) {
      channel.thread_metadata = { archived: false, archive_timestamp: new Date().toISOString() };
    }
    this.channels.set(channel.id, channel);
    const thread = channel.thread_metadata !== undefined;
    this.tell(thread ? "THREAD_CREATE" : "CHANNEL_CREATE", { ...channel, ...(thread && { newly_created: true }) });
    return channel;
  }

  say(channel: string, content: string, more: Partial<FakeMessage> = {}, at?: number): FakeMessage {
    const id = this.id(at);
    const timestamp = new Date(Number((BigInt(id) >> 22n) + EPOCH)).toISOString().replace("Z", "000+00:00");
    const author = { id: "400000000000000001", username: "someone" };
    const message: FakeMessage = {
      id,
      type: 0,
      channel_id: channel,
      author,
      content,
      timestamp,
      edited_timestamp: null,
      ...more,
    };
    this.messages.set(id, message);
    this.#byChannel.set(channel, [...(this.#byChannel.get(channel) ?? []), id]);
    this.tell("MESSAGE_CREATE", { ...message, guild_id: GUILD });
    return message;
  }

  reply(to: FakeMessage, content: string): FakeMessage {
    return this.say(to.channel_id, content, {
      type: 19,
      message_reference: { type: 0, message_id: to.id, channel_id: to.channel_id, guild_id: GUILD },
    });
  }

  edit(id: string, content: string): void {
    const message = this.messages.get(id);
    if (message === undefined) return;
    Object.assign(message, { content, edited_timestamp: new Date().toISOString().replace("Z", "000+00:00") });
    this.tell("MESSAGE_UPDATE", { ...message, guild_id: GUILD });
  }

  remove(ids: string[]): void {
    const channel = this.messages.get(ids[0] ?? "")?.channel_id;
    for (const id of ids) this.messages.delete(id);
    const where = { channel_id: channel, guild_id: GUILD };
    if (ids.length === 1) this.tell("MESSAGE_DELETE", { id: ids[0], ...where });
    else this.tell("MESSAGE_DELETE_BULK", { ids, ...where });
  }

  /** Messages after an id, newest first as Discord gives them. */
  page(channel: string, after: string, limit: number): FakeMessage[] {
    const ids = (this.#byChannel.get(channel) ?? []).filter(
      (id) => BigInt(id) > BigInt(after) && this.messages.has(id),
    );
    return ids
      .slice(0, limit)
      .flatMap((id) => this.messages.get(id) ?? [])
      .reverse();
  }

  guild(): unknown {
    const all = [...this.channels.values()];
    return {
      id: GUILD,
      name: "guild",
      channels: all
        .filter(({ thread_metadata }) => thread_metadata === undefined)
        .map(({ guild_id: _, ...rest }) => rest),
      threads: all.filter(({ thread_metadata }) => thread_metadata?.archived === false),
      members: [],
    };
  }
}
