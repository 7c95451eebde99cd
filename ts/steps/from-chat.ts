import { z } from "zod";
import { column, endOfText, ignoredFields, keptColumns } from "./chat-options.ts";
import { defineStep } from "./step.ts";

const FORMATS = ["auto", "chatml", "messages", "openai", "together", "sharegpt", "alpaca"] as const;

/** Columns that the dialogue is read from, as far as names tell; the addon looks at the columns that are there. */
function sources(format: (typeof FORMATS)[number], named: string | null, columns: readonly string[]): string[] {
  const alpaca = ["instruction", "input", "output", "system", "history"];
  if (named !== null) return [named];
  switch (format) {
    case "alpaca":
      return alpaca;
    case "chatml":
      return ["text"];
    case "sharegpt":
      return ["conversations"];
    case "auto": {
      const list = ["messages", "conversations"].find((name) => columns.includes(name));
      if (list !== undefined) return [list];
      return columns.includes("instruction") && columns.includes("output") ? alpaca : ["text"];
    }
    default:
      return ["messages"];
  }
}

/** Reads dialogues of any chat format as ChatML text. */
export const fromChat = defineStep({
  name: "from_chat",
  aliases: [],
  summary: "Read dialogues of a chat format: messages, ShareGPT, Alpaca, OpenAI, Together, ChatML",
  details: `Writes ChatML into \`text\`, which all other steps work on, and the number of user and assistant turns into \`turns\`.
\`auto\` goes by the columns: \`messages\`, \`conversations\`, \`instruction\` with \`output\`, else \`text\`. Lists of objects and the same as JSON
text are read alike. A dialogue with an unknown role, a missing field, a field that ChatML cannot say or a ChatML tag inside a content is
dropped with its reason. Formats, rules and reasons: docs/chat-formats.md.`,
  shape: "map",
  options: z.strictObject({
    format: z.enum(FORMATS).default("auto").describe("Format to read"),
    column: column
      .nullable()
      .default(null)
      .describe("Column that holds the dialogues, where it has not the usual name"),
    roles: z
      .record(z.string(), z.enum(["system", "user", "assistant", "tool"]))
      .default({})
      .describe("Further words for roles, e.g. `{ bot: assistant, customer: user }`"),
    keep: keptColumns.describe("Columns that stay beside `text` and `turns`; by default all but the dialogue"),
    ignore: ignoredFields,
    end_of_text: endOfText,
  }),
  shorthand: "format",
  needs: ({ format, column, keep }) => [
    ...(column !== null ? [column] : format === "alpaca" ? ["instruction", "output"] : []),
    ...(column === null && format !== "auto" && format !== "alpaca" ? sources(format, null, []) : []),
    ...(keep ?? []),
  ],
  adds: () => ["text", "turns"],
  removes: ({ format, column, keep }, columns) => {
    const read = sources(format, column, columns);
    const gone = (name: string) => (keep === null ? read.includes(name) : !keep.includes(name));
    return columns.filter((name) => name !== "text" && name !== "turns" && gone(name));
  },
  examples: [
    {
      recipe: "- from_chat: sharegpt",
      command: "gristmill from_chat sharegpt.json -o dialogues.parquet",
    },
    {
      recipe: "- from_chat: { format: messages, roles: { bot: assistant }, ignore: [name] }",
      command: "gristmill from_chat train.jsonl -o dialogues.parquet --format openai --ignore weight",
    },
  ],
  parts: (options) => [{ shape: "map", native: { kind: "from_chat", options } }],
});
