import { z } from "zod";
import { fileOptions, fileRequest } from "./options.ts";
import { defineSource } from "./source.ts";

/** Discord messages. */
export const discord = defineSource({
  name: "discord",
  aliases: [],
  summary: "Discord messages: DiscordChatExporter JSON, or message tables",
  details: `Exports of DiscordChatExporter (JSON), or tables with the same eight columns as CSV, JSON Lines or Parquet; the format is found
per file. Rows have \`message_id\`, \`message_reference_message_id\`, \`guild_id\`, \`channel_id\`, \`author_id\`, \`author_bot\`,
\`content\`, \`timestamp\`; ids are text, since they exceed what a number holds exactly.`,
  options: z.strictObject({
    ...fileOptions,
    key: z.string().min(1).default("message_id").describe("Column whose value becomes the row id"),
  }),
  shorthand: "path",
  columns: [
    { name: "message_id", type: "text" },
    { name: "message_reference_message_id", type: "text" },
    { name: "guild_id", type: "text" },
    { name: "channel_id", type: "text" },
    { name: "author_id", type: "text" },
    { name: "author_bot", type: "bool" },
    { name: "content", type: "text" },
    { name: "timestamp", type: "text" },
  ],
  identity: ["message_id", "author_id", "content"],
  examples: [
    { recipe: "- discord: export-*.json.gz" },
    { recipe: "- discord: { path: messages.csv.gz, label: support }" },
  ],
  request: (options) => ({
    ...fileRequest(options),
    format: null,
    extensions: ["json", "csv", "jsonl", "ndjson", "parquet", "arrow"],
  }),
});
