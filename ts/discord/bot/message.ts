import type { APIMessage } from "discord-api-types/v10";
import { MessageReferenceType, MessageType } from "discord-api-types/v10";
import type { EditEvent, MessageEvent } from "../../store/index.ts";
import { timestampOf } from "./snowflake.ts";

/** Where a message stands. The history tells no guild, so it is the channel's. */
export interface Standing {
  guild: string;
  /** The channel a thread hangs on. */
  parent: string | null;
}

/** A message in the columns of the store. */
export function messageEvent(message: APIMessage, { guild, parent }: Standing): MessageEvent {
  return {
    event: "message",
    message_id: message.id,
    message_reference_message_id: replyTo(message),
    guild_id: guild,
    channel_id: message.channel_id,
    author_id: message.author.id,
    author_bot: message.author.bot === true || message.webhook_id !== undefined,
    content: message.content,
    timestamp: timestampOf(message.id),
    edited: utc(message.edited_timestamp),
    parent_channel_id: parent,
  };
}

/** What an update tells: all of the message, its new text, or nothing that is kept (e.g. a preview of a link). */
export function updateEvent(
  update: Partial<APIMessage> & { id: string },
  standing: Standing,
): MessageEvent | EditEvent | null {
  const edited = utc(update.edited_timestamp ?? null);
  if (edited === null || typeof update.content !== "string" || update.channel_id === undefined) return null;
  if (update.author !== undefined && update.type !== undefined) return messageEvent(update as APIMessage, standing);
  return {
    event: "edit",
    message_id: update.id,
    channel_id: update.channel_id,
    guild_id: standing.guild,
    author_id: update.author?.id ?? null,
    content: update.content,
    edited,
  };
}

/** Pins, forwards and thread starters refer to messages as well; they answer none. */
function replyTo({ type, message_reference: reference }: APIMessage): string | null {
  if (type !== MessageType.Reply || reference?.type === MessageReferenceType.Forward) return null;
  return reference?.message_id ?? null;
}

/** Discord writes microseconds and an offset. */
function utc(time: string | null): string | null {
  const ms = time === null ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
