import { z } from "zod";
import { column, endOfText, ignoredFields, keptColumns } from "./chat-options.ts";
import { defineStep } from "./step.ts";

const FORMATS = ["chatml", "messages", "sharegpt", "alpaca", "openai", "together", "template"] as const;

/** Columns of each format. */
const COLUMNS: Readonly<Record<(typeof FORMATS)[number], readonly string[]>> = {
  chatml: ["text"],
  messages: ["messages"],
  sharegpt: ["conversations"],
  alpaca: ["instruction", "input", "output", "system", "history"],
  openai: ["messages"],
  together: ["messages"],
  template: ["text"],
};

/** Columns that go on; providers' files have no others, so that nothing is kept there unless it is asked for. */
function kept(options: { format: (typeof FORMATS)[number]; keep: string[] | null }): string[] | null {
  if (options.keep !== null) return options.keep;
  return options.format === "openai" || options.format === "together" ? [] : null;
}

/** Writes dialogues in the format of a trainer or provider. */
export const toChat = defineStep({
  name: "to_chat",
  aliases: [],
  summary: "Bring dialogues into a chat format: messages, ShareGPT, Alpaca, OpenAI, Together, a model's template",
  details: `Reads ChatML text, a column of \`{role, content}\` messages or such messages as JSON, and writes the columns of the format.
For \`openai\`, \`together\` and \`alpaca\` user and assistant must take turns and the assistant must have the last word: neighbours of one
role are joined, an assistant's opening and a user's closing turns are cut, what still breaks a rule is dropped with its reason.
\`template\` renders the chat template of a tokenizer, as Python does. A content with a tag or special token in it is dropped, since it
would be read as a turn. Formats, rules and reasons: docs/chat-formats.md.`,
  shape: "map",
  options: z.strictObject({
    format: z.enum(FORMATS).default("messages").describe("Format to write"),
    column: column.default("text").describe("Column that holds the dialogues"),
    system: z.string().nullable().default(null).describe("System prompt put before dialogues that have none"),
    system_column: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("Column with a system prompt for each dialogue that has none; goes before `system`"),
    roles: z
      .record(z.string(), z.string().min(1))
      .default({})
      .describe("Words for roles in the output, e.g. `{ assistant: model }`"),
    repair: z
      .enum(["auto", "always", "never"])
      .default("auto")
      .describe(
        "Join neighbours of one role and cut turns at the ends that break the rules; `auto`: for openai, together and alpaca",
      ),
    train: z
      .enum(["all", "last"])
      .default("all")
      .describe("Answers to learn from; `last` gives the others the weight 0 (openai and together)"),
    keep: keptColumns.describe(
      "Columns that stay beside the new ones; by default none for openai and together, else all but the dialogue",
    ),
    ignore: ignoredFields,
    end_of_text: endOfText,
    template: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("Path of a `tokenizer_config.json` or a `.jinja` file, for format template"),
    template_name: z.string().min(1).default("default").describe("Which template, where the file has several"),
    add_generation_prompt: z.boolean().default(false).describe("Let the template open an answer after the last turn"),
    bos_token: z.string().nullable().default(null).describe("Begin token for the template, instead of the file's"),
    eos_token: z.string().nullable().default(null).describe("End token for the template, instead of the file's"),
    special_tokens: z
      .array(z.string().min(1))
      .default([])
      .describe("Further texts that must not stand in a content, besides the file's special tokens"),
    date: z
      .string()
      .nullable()
      .default(null)
      .describe("Day that a template takes for today, e.g. `2026-01-31`; needed by templates that ask for it"),
  }),
  shorthand: "format",
  files: ["template"],
  needs: ({ column, system_column, keep }) => [
    column,
    ...(system_column === null ? [] : [system_column]),
    ...(keep ?? []),
  ],
  adds: ({ format }) => [...COLUMNS[format]],
  removes: (options, columns) => {
    const stay = kept(options);
    const made = COLUMNS[options.format];
    const gone = (name: string) =>
      stay === null ? name === options.column || name === options.system_column : !stay.includes(name);
    return columns.filter((name) => !made.includes(name) && gone(name));
  },
  examples: [
    {
      recipe: "- to_chat: { format: openai, train: last }",
      command: "gristmill to_chat dialogues.parquet -o train.jsonl --format openai",
    },
    {
      recipe: "- to_chat: sharegpt",
      command: "gristmill to_chat dialogues.parquet -o sharegpt.jsonl --format sharegpt --keep id",
    },
    {
      recipe: "- to_chat: { format: template, template: ./tokenizer_config.json, keep: [] }",
      command:
        "gristmill to_chat dialogues.parquet -o train.parquet --format template --template model/tokenizer_config.json",
    },
  ],
  parts: (options) => [{ shape: "map", native: { kind: "to_chat", options: { ...options, keep: kept(options) } } }],
});
