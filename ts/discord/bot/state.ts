import { join } from "node:path";
import type { SessionInfo } from "@discordjs/ws";
import { z } from "zod";
import { GristmillError } from "../../native/index.ts";
import { realDisk, replaceText } from "../../run/disk.ts";

/** A channel or thread that is captured. */
export interface KnownChannel {
  guild: string;
  parent: string | null;
  name: string | null;
  kind: string;
  /** Nothing up to here is wanted. */
  since: string;
  /** Discord was asked for the history up to here, and what it gave is in the spool. */
  done: string;
  /** There is more to ask for. */
  behind: boolean;
  /** The store has not been asked yet how far it is. */
  fresh: boolean;
  /** Threads of the channel archived before were listed, ms since 1970. */
  listed: number;
}

/** What the bot remembers between runs. It is written after the spool, so it never promises what is not there. */
export interface BotState {
  /** When the bot first started with this state, ms since 1970; `null`: it never did. */
  begun: number | null;
  /** By shard: where to take up the gateway's session again. */
  sessions: Map<number, SessionInfo>;
  channels: Map<string, KnownChannel>;
  optedOut: Set<string>;
}

const id = z.string().regex(/^\d{1,20}$/);
const shape = z.strictObject({
  version: z.literal(1),
  begun: z.number(),
  sessions: z.array(
    z.strictObject({
      resumeURL: z.string(),
      sequence: z.number(),
      sessionId: z.string(),
      shardCount: z.number(),
      shardId: z.number(),
    }),
  ),
  channels: z.record(
    id,
    z.strictObject({
      guild: id,
      parent: id.nullable(),
      name: z.string().nullable(),
      kind: z.string(),
      since: id,
      done: id,
      behind: z.boolean(),
      fresh: z.boolean(),
      listed: z.number(),
    }),
  ),
  opted_out: z.array(id),
});

/** Reads the state of a folder; an absent one is empty. */
export async function readState(folder: string): Promise<BotState> {
  const path = join(folder, "state.json");
  if ((await realDisk.size(path)) === null) {
    return { begun: null, sessions: new Map(), channels: new Map(), optedOut: new Set() };
  }
  let value: unknown;
  try {
    value = JSON.parse(await realDisk.readText(path));
  } catch {
    value = null;
  }
  const found = shape.safeParse(value);
  if (!found.success) {
    throw new GristmillError(
      "GM_CAPTURE_BAD_STATE",
      "failed",
      `${path} is not what the bot wrote`,
      "put it back from a copy; or remove it, and give --history with the date from which messages may be missing",
    );
  }
  return {
    begun: found.data.begun,
    sessions: new Map(found.data.sessions.map((session) => [session.shardId, session])),
    channels: new Map(Object.entries(found.data.channels)),
    optedOut: new Set(found.data.opted_out),
  };
}

/** Puts a new state in the place of the old one. */
export async function writeState(folder: string, { begun, sessions, channels, optedOut }: BotState): Promise<void> {
  const document = {
    version: 1,
    begun,
    sessions: [...sessions.values()],
    channels: Object.fromEntries(channels),
    opted_out: [...optedOut],
  };
  await replaceText(realDisk, join(folder, "state.json"), JSON.stringify(document));
}
