import { z } from "zod";
import { defineStep } from "./step.ts";

const categories = [
  "sexual_violence",
  "minors",
  "slur",
  "harassment",
  "terror",
  "drugs",
  "fraud",
  "malware",
  "self_harm",
] as const;

/** Screens texts for what providers' terms forbid, and for personal data. */
export const screenTos = defineStep({
  name: "screen_tos",
  aliases: ["tos"],
  summary: "Drop or redact text that terms of service forbid, and personal data",
  details: `Finds terms of nine categories, look-alike letters, spaced-out and punctuated spellings included, on whole words, and
shapes of personal data (e-mail, phone, social security and card numbers, IP and wallet addresses). Every hit is traced with
category, rule and span. Redacted spans become \`[REDACTED]\`.`,
  shape: "map",
  options: z.strictObject({
    action: z.enum(["drop", "redact", "flag"]).default("drop").describe("What becomes of a row with a forbidden term"),
    pii: z.enum(["drop", "redact", "flag", "off"]).default("redact").describe("What becomes of personal data"),
    categories: z
      .array(z.enum(categories))
      .default([...categories])
      .describe("Categories to look for"),
    columns: z
      .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.string().min(1)).min(1))
      .default(["text"])
      .describe("Text columns to look at"),
  }),
  shorthand: "action",
  needs: ({ columns }) => columns,
  adds: ({ action, pii }) => (action === "flag" || pii === "flag" ? ["tos"] : []),
  examples: [
    {
      recipe: "- screen_tos: { action: drop, pii: redact }",
      command: "gristmill screen_tos in.parquet -o out.parquet --action redact",
    },
  ],
  parts: ({ action, pii, categories: wanted, columns }) => [
    {
      shape: "map",
      native: {
        kind: "screen_tos",
        options: {
          action,
          pii,
          columns,
          categories: Object.fromEntries(categories.filter((c) => !wanted.includes(c)).map((c) => [c, { on: false }])),
        },
      },
    },
  ],
});
