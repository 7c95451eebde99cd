import { readFile } from "node:fs/promises";
import type { CaptureEvent } from "../../api/index.ts";
import { bytes, duration, grouped, percent } from "../../report/figures.ts";
import { loadApi } from "../api.ts";
import { type Command, EXIT, given } from "../command.ts";
import { eventLog, LOG_FORMAT } from "../event-log.ts";
import { usage } from "../fail.ts";
import { parseBytes, parseCount } from "../quantities.ts";

export const capture: Command = {
  name: "capture",
  summary: "Capture messages of Discord guilds with a bot",
  positionals: [],
  options: {
    store: {
      type: "text",
      describe: "Write into this store: file (SQLite) or postgres:// URL",
      default: "$DATABASE_URL",
    },
    post: { type: "text", describe: "Post to the ingest server at this address instead" },
    keys: { type: "text", describe: "File of keys to post with; the first counts", default: "$GRISTMILL_INGEST_KEYS" },
    "token-file": { type: "text", describe: "File that holds the bot's token", default: "$DISCORD_TOKEN" },
    guild: { type: "text", many: true, describe: "Id of a guild that may be captured; repeatable" },
    channel: { type: "text", many: true, describe: "Only this channel with its threads; repeatable" },
    history: { type: "text", describe: "Also what is older: all, or a date such as 2026-01-31", default: "none" },
    spool: {
      type: "text",
      describe: "Folder of what waits to be sent and of what the bot remembers",
      default: "capture-spool",
    },
    "spool-limit": { type: "text", describe: "Most that may wait to be sent", default: "1g" },
    "opt-out-file": {
      type: "text",
      describe: "Ids of users never to be captured, one a line; read again when it changes",
    },
    "no-commands": { type: "flag", describe: "Do not offer members /capture-opt-out and /capture-opt-in" },
    "health-port": {
      type: "number",
      describe: "Serve /healthz and /metrics on this port of 127.0.0.1; 0 takes a free one",
    },
    "discord-api": {
      type: "text",
      describe: "Base of Discord's REST API, for a proxy",
      default: "https://discord.com/api",
    },
    "log-format": LOG_FORMAT,
  },
  examples: [
    [
      "DISCORD_TOKEN=... gristmill capture --guild 197038439483310086 --store messages.db",
      "one guild, straight into SQLite",
    ],
    [
      "gristmill capture --token-file token --guild ID --post http://127.0.0.1:8787 --keys keys",
      "through an ingest server",
    ],
    [
      "gristmill capture --token-file token --guild ID --store messages.db --history all",
      "with all that was written before",
    ],
  ],
  async run(args, { output, signal }) {
    const token = await readToken(args.text("token-file"));
    const post = args.text("post");
    const fallback = post === undefined ? process.env.DATABASE_URL : undefined;
    const healthPort = parseCount(args.number("health-port"), "health-port", 0);
    if (healthPort !== undefined && healthPort > 65_535) throw usage(`--health-port ${healthPort}: at most 65535`);
    const limit = args.text("spool-limit");
    const api = await loadApi();
    await api.capture({
      token,
      spool: args.text("spool") ?? "capture-spool",
      guilds: args.list("guild"),
      channels: args.list("channel"),
      keys: given({ file: args.text("keys"), text: process.env.GRISTMILL_INGEST_KEYS }),
      commands: !args.flag("no-commands"),
      signal,
      onEvent: eventLog<CaptureEvent>(output, args.text("log-format"), line),
      ...given({
        store: args.text("store") ?? fallback,
        post,
        historyFrom: parseHistory(args.text("history")),
        spoolBytes: limit === undefined ? undefined : parseBytes(limit, "spool-limit"),
        optOutFile: args.text("opt-out-file"),
        healthPort,
        discordApi: args.text("discord-api"),
      }),
    });
    return EXIT.done;
  },
};

/** Never an option of its own: those are seen by every user of the machine. */
async function readToken(file: string | undefined): Promise<string> {
  return file === undefined ? (process.env.DISCORD_TOKEN ?? "") : readFile(file, "utf8");
}

function parseHistory(text: string | undefined): Date | "all" | undefined {
  if (text === undefined || text === "none") return undefined;
  if (text === "all") return "all";
  const date = /^\d{4}-\d\d-\d\d(T|$)/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(date.getTime()))
    throw usage(`--history ${text}: neither all, none nor a date`, "write it like --history 2026-01-31");
  return date;
}

function line(event: CaptureEvent): string | null {
  switch (event.event) {
    case "started":
      return `sending to ${event.target}; ${grouped(event.queued)} events wait in ${event.spool}${event.health === null ? "" : `; health at ${event.health}/healthz`}`;
    case "connected":
      return event.session === "new" ? "connected" : "connected; the session goes on";
    case "disconnected":
      return "connection lost; connecting again";
    case "history":
      return `channel ${event.channel}: ${grouped(event.messages)} messages of its history, ${percent(event.share, 1)}${event.finished ? ", up to date" : ""}`;
    case "retry":
      return `not taken (${event.why}); again in ${duration(event.wait_ms / 1_000)}`;
    case "warning":
      return `${event.code}: ${event.message}`;
    case "health":
      return `${event.connected ? "connected" : "NOT CONNECTED"}; ${grouped(event.sent)} events sent, ${grouped(event.queued)} wait (${bytes(event.queued_bytes)}, oldest ${duration(event.oldest_unsent_ms / 1_000)})`;
    case "stopped":
      return `stopped; ${grouped(event.queued)} events wait for the next start`;
  }
}
