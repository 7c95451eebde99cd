import { z } from "zod";
import { defineSource } from "./source.ts";

/** The message store. */
export const store = defineSource({
  name: "store",
  aliases: [],
  summary: "Messages of a message store, SQLite or Postgres",
  details: `What \`gristmill import\`, \`serve\` and \`capture\` have stored, in the state of one moment, with the same eight columns as
\`discord\`. Deleted messages and those of opted-out authors are left out. A build reads channel by channel: a channel in which nothing
changed since an earlier build into the same folder is not read again.`,
  options: z.strictObject({
    path: z
      .preprocess(
        (value) => (typeof value === "string" ? value.replace(/^sqlite:(?:\/\/)?(?=.)/i, "") : value),
        z.string().min(1),
      )
      .describe(
        "The SQLite file, or `postgres://user@host/database`; a password belongs in a variable of the environment",
      ),
    label: z.string().min(1).nullable().default(null).describe("Goes into the column `source` of every row"),
    spoken: z
      .boolean()
      .default(false)
      .describe("Leave bots and messages without text in the store; they are then not counted and not traced"),
  }),
  shorthand: "path",
  columns: [
    { name: "message_id", type: "text" },
    { name: "message_reference_message_id", type: "text" },
    { name: "guild_id", type: "text" },
    { name: "channel_id", type: "text" },
    { name: "author_id", type: "text" },
    { name: "author_bot", type: "text" },
    { name: "content", type: "text" },
    { name: "timestamp", type: "text" },
  ],
  examples: [{ recipe: "- store: ./messages.db" }, { recipe: "- store: $" + "{DATABASE_URL}" }],
  request: ({ path, label, spoken }) => ({
    paths: [],
    store: { place: path, spoken },
    format: "csv",
    label,
    key: "message_id",
    options: {},
    extensions: [],
  }),
});
