/**
 * What can happen to a message store. Plain JSON with the column names of the message table, so that the same bytes
 * go from the bot over HTTP into the store. Ids are decimal text, since they exceed what a number holds exactly.
 *
 * All but an opt-in and a cursor commute: the same events in any order, any of them several times, leave the same
 * messages.
 */
export type StoreEvent = MessageEvent | EditEvent | DeleteEvent | ChannelEvent | OptOutEvent | OptInEvent | CursorEvent;

/** A message as a whole: created, seen in the history, or edited when the gateway tells all of it. */
export interface MessageEvent {
  event: "message";
  message_id: string;
  /** Of replies only, not of pins, forwards and thread starters. */
  message_reference_message_id?: string | null;
  guild_id: string | null;
  channel_id: string;
  author_id: string | null;
  /** Webhooks count as bots. */
  author_bot: boolean | null;
  content: string | null;
  /** ISO 8601; must agree with the id to the second. Absent: taken from the id. */
  timestamp?: string | null;
  /** Time of the last edit; the content with the latest one stays. */
  edited?: string | null;
  /** The channel a thread hangs on, when `channel_id` is a thread. */
  parent_channel_id?: string | null;
}

/** An edit that tells only some of the message. It may come before the message itself. */
export interface EditEvent {
  event: "edit";
  message_id: string;
  channel_id?: string | null;
  guild_id?: string | null;
  /** Wanted where it is known: edits of opted-out authors are then never kept. */
  author_id?: string | null;
  content: string;
  edited: string;
}

/** Messages deleted, one or many. Their text goes at once; the ids stay, so that no import brings them back. */
export interface DeleteEvent {
  event: "delete";
  message_ids: string[];
  channel_id?: string | null;
  guild_id?: string | null;
}

/** A channel or thread was made, renamed or seen. */
export interface ChannelEvent {
  event: "channel";
  channel_id: string;
  guild_id: string | null;
  /** The channel a thread hangs on. */
  parent_channel_id?: string | null;
  name?: string | null;
  /** E.g. `text`, `thread`, `forum`. */
  kind?: string | null;
  /** When it was seen like this; the latest name and kind stay. */
  seen?: string | null;
}

/** An author does not want to be stored: all he wrote is erased, and nothing of him is taken until he opts in. */
export interface OptOutEvent {
  event: "opt_out";
  author_id: string;
  /** When he said so. */
  at: string;
}

/** An author takes back his opt-out: what he writes from then on is stored; nothing older comes back. */
export interface OptInEvent {
  event: "opt_in";
  author_id: string;
  at: string;
}

/** Remembers where someone is, e.g. a back-fill in a channel, in the same transaction as the messages it has got. */
export interface CursorEvent {
  event: "cursor";
  name: string;
  /** `null` forgets it. */
  value: string | null;
}

/** Why an event of a batch cannot be taken. */
export interface EventProblem {
  /** Place in the batch, from 0. */
  index: number;
  message: string;
}
