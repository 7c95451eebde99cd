import type { CaptureOptions as BotOptions, CaptureEvent, KeySource, Target } from "../discord/index.ts";
import { GristmillError } from "../native/index.ts";
import { openStore } from "../store/index.ts";

export type { CaptureEvent };

/** How to capture. Exactly one of `store` and `post` is needed, and a guild or a channel. */
export interface CaptureOptions {
  /** The bot's token. */
  token: string;
  /** Write into this store: a file (SQLite) or the URL of a Postgres database. */
  store?: string;
  /** Post to the ingest server at this address, with the first of `keys`. */
  post?: string;
  keys?: KeySource;
  /** Folder of what waits to be sent and of what the bot remembers. */
  spool: string;
  guilds?: readonly string[];
  /** Only these channels, with their threads. */
  channels?: readonly string[];
  /** Ask for messages from this moment on; `"all"`: for all there are. */
  historyFrom?: Date | "all";
  /** Most bytes that may wait to be sent. Default 1 GB. */
  spoolBytes?: number;
  /** A file with ids of users whose messages are not wanted, one a line. */
  optOutFile?: string;
  /** Offer members slash commands to opt out and in. Default `true`. */
  commands?: boolean;
  /** Serve `/healthz` and `/metrics` on this port of 127.0.0.1. */
  healthPort?: number;
  /** Another base of Discord's REST API, for a proxy or a test. */
  discordApi?: string;
  onEvent?: (event: CaptureEvent) => void;
  /** Stops the bot in good order. */
  signal: AbortSignal;
}

const ID = /^\d{1,20}$/;

/** Runs the bot until the signal fires. */
export async function capture(options: CaptureOptions): Promise<void> {
  const { guilds = [], channels = [], store, post, historyFrom, spoolBytes = 2 ** 30 } = options;
  if (options.token.trim() === "") throw noToken();
  for (const id of [...guilds, ...channels]) {
    if (!ID.test(id))
      throw usage(`${id} is not the id of a guild or channel`, "copy ids with Discord's developer mode");
  }
  if (guilds.length + channels.length === 0) {
    throw usage(
      "neither a guild nor a channel is allowed",
      "name what you may capture, e.g. --guild 197038439483310086",
    );
  }
  if ((store === undefined) === (post === undefined)) {
    throw usage(
      "exactly one of --store and --post is needed",
      "e.g. --store messages.db, or --post http://127.0.0.1:8787",
    );
  }
  const { Capture } = await import("../discord/index.ts");
  const target = await openTarget(options);
  try {
    const bot: BotOptions = {
      token: options.token.trim(),
      target,
      folder: options.spool,
      allowed: { guilds: new Set(guilds), channels: new Set(channels) },
      historyFrom: historyFrom === undefined ? null : historyFrom === "all" ? 0 : historyFrom.getTime(),
      spoolBytes,
      commands: options.commands ?? true,
      ...(options.optOutFile !== undefined && { optOutFile: options.optOutFile }),
      ...(options.healthPort !== undefined && { healthPort: options.healthPort }),
      ...(options.discordApi !== undefined && { api: options.discordApi }),
      ...(options.onEvent !== undefined && { onEvent: options.onEvent }),
    };
    await Capture.run(bot, options.signal);
  } finally {
    await target.close();
  }
}

async function openTarget({ store, post, keys = {} }: CaptureOptions): Promise<Target> {
  const { readKeys, serverTarget, storeTarget } = await import("../discord/index.ts");
  if (store !== undefined) return storeTarget(await openStore(store));
  const [key] = await readKeys(keys);
  if (key === undefined || post === undefined) throw usage("there is no key to post with");
  return serverTarget({ url: post, key });
}

/** The token is not there. */
export function noToken(): GristmillError {
  return new GristmillError(
    "GM_CAPTURE_NO_TOKEN",
    "usage",
    "the bot has no token",
    "set DISCORD_TOKEN, or name a file that holds it with --token-file; docs/capture.md tells how to create a bot",
  );
}

function usage(message: string, hint?: string): GristmillError {
  return new GristmillError("GM_CAPTURE_BAD_OPTIONS", "usage", message, hint);
}
