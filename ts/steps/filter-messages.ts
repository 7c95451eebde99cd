import { z } from "zod";
import { compat, modeOf } from "./common.ts";
import { defineStep } from "./step.ts";

/** Keeps the messages that people wrote and that say something. */
export const filterMessages = defineStep({
  name: "filter_messages",
  aliases: ["filter"],
  summary: "Keep messages that people wrote and that say something; strip chat markup",
  details: `Drops messages of bots, without content, without one meaningful word (stop words alone, emoji, mentions), or without a
guild; removes mentions, custom emoji, URLs, Markdown links, code fence marks, double quotes and backslashes. Of several
messages with one id the earliest stays. Bot commands such as \`!help\` are dropped whole.

With \`compat: true\` the punctuation run at the start of a message loses its first word and commands stay, as in the
SQL this step replaces.`,
  shape: "map",
  options: z.strictObject({ compat }),
  needs: () => ["message_id", "author_bot", "content", "guild_id", "timestamp"],
  adds: () => [],
  removes: () => ["author_bot"],
  examples: [{ recipe: "- filter_messages", command: "gristmill filter_messages messages.csv -o filtered.csv" }],
  parts: ({ compat }) => [
    { shape: "map", native: { kind: "filter_messages", options: { mode: modeOf(compat) } } },
    {
      shape: "select",
      keys: { kind: "message_duplicates", options: {} },
      decide: { kind: "by_key", keep: 1 },
      reasons: ["duplicate_id", "no_guild"],
    },
  ],
});
