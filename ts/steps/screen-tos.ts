import { z } from "zod";
import { defineStep } from "./step.ts";

/** Categories of the built-in terms. */
const CATEGORIES = [
  "sexual_violence",
  "minors",
  "slur",
  "harassment",
  "terror",
  "drugs",
  "fraud",
  "malware",
  "self_harm",
  "doxx",
] as const;

/** Kinds of personal data; rules of the category `pii`. */
const PII = ["email", "phone", "ssn", "card", "ipv4", "ipv6", "wallet"] as const;

const SEVERITIES = ["low", "medium", "high"] as const;
const name = z.string().regex(/^[a-z][a-z0-9_-]*$/, "a category such as drugs");
const setting = z.union([
  z.enum(["on", "off", "drop", "redact", "flag"]),
  z.boolean(),
  z.strictObject({
    action: z.enum(["drop", "redact", "flag", "off"]).optional().describe("What becomes of a hit"),
    severity: z.enum(SEVERITIES).optional().describe("Terms below it are left out"),
  }),
]);
const names = (value: unknown): unknown => (typeof value === "string" ? value.split(/\s*,\s*/) : value);
const term = z.strictObject({
  term: z.string().min(1).describe("The term; `|` between alternatives of a word"),
  category: name.describe("What it is about; may be a category of your own"),
  severity: z.enum(SEVERITIES).optional().describe("How grave it is; by default `medium`"),
  match: z.enum(["word", "stem", "phrase"]).optional().describe("By default by its number of words"),
  exceptions: z.array(z.string().min(1)).optional().describe("Phrases in which it is harmless"),
});

type Setting = z.infer<typeof setting>;

/** Personal data alone costs no row unless somebody says so. */
function piiOf({ action, pii }: { action: string; pii?: string | undefined }): string {
  return pii ?? (action === "drop" ? "redact" : action);
}

/** A setting as the native side reads it. */
function settingOf(value: Setting): { action?: string | undefined; severity?: string | undefined } {
  if (typeof value === "object") return value;
  if (value === true || value === "on") return {};
  return { action: value === false ? "off" : value };
}

/** A list names what is looked for; a table changes single categories. */
function categoriesOf(
  value: string[] | Record<string, Setting>,
): Record<string, { action?: string | undefined; severity?: string | undefined }> {
  if (!Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([category, setting]) => [category, settingOf(setting)]));
  }
  const off = CATEGORIES.filter((category) => !value.includes(category) && category !== "doxx");
  return Object.fromEntries([
    ...off.map((category) => [category, { action: "off" }]),
    ...value.map((category) => [category, {}]),
  ]);
}

/** Screens texts for what providers' terms forbid, and for personal data. */
export const screenTos = defineStep({
  name: "screen_tos",
  aliases: ["tos"],
  summary: "Drop, redact or flag text that terms of service forbid, and personal data",
  details: `Finds terms of ten categories (\`${CATEGORIES.join("`, `")}\`) through capitals, accents, look-alike letters of other
scripts, digits and signs that stand for letters, drawn-out, spaced-out and punctuated spellings, always as whole words; and personal
data (\`${PII.join("`, `")}\`) by shape and context. Each category and each kind of personal data can have its own action and least
severity under \`categories\`. Every dropped row is traced with category, rule and span; redacted spans become \`[REDACTED]\`.

\`flag\` keeps every row and adds the column \`tos\`: a list of \`{category, rule, start, end}\`, empty when nothing was found, with
places in characters (Unicode code points); with several text columns each entry also names its \`column\`. \`explain\` lists all hits
this way, whatever their action, with the matched text and what it was read as; on the command line \`--explain\` without \`--out\`
prints them. Lexicons of your own, allow-lists and all rules: [screening](../screening.md).`,
  shape: "map",
  options: z.strictObject({
    action: z.enum(["drop", "redact", "flag"]).default("drop").describe("What becomes of a row with a forbidden term"),
    pii: z
      .enum(["drop", "redact", "flag", "off"])
      .optional()
      .describe("What becomes of personal data; by default `redact`, or `flag` where the action is that"),
    severity: z.enum(SEVERITIES).default("low").describe("Terms below it are left out"),
    categories: z
      .preprocess(names, z.union([z.array(name), z.record(name, setting)]))
      .default({})
      .describe(
        "Changes by category or kind of personal data: `off`, an action, or `{action, severity}`; a list: only these categories",
      ),
    lexicon: z
      .union([z.string().min(1), z.array(term), z.record(name, z.array(z.string().min(1)))])
      .optional()
      .describe("Terms of your own: path of a lexicon, its text, a list of terms, or lists by category"),
    lexicon_only: z.boolean().default(false).describe("Leave the built-in terms out"),
    allow: z
      .preprocess(names, z.array(z.string().min(1)))
      .default([])
      .describe("Phrases in which nothing counts; `@example.com` stands for all addresses there"),
    ssn_ranges: z.boolean().default(false).describe("Only social security numbers of ranges that are issued"),
    wallet_checksum: z.boolean().default(false).describe("Only wallet addresses with a right checksum"),
    columns: z
      .preprocess(names, z.array(z.string().min(1)))
      .default([])
      .describe(
        "Text columns to look at; by default those of text, content and message that are there, else the first",
      ),
    explain: z
      .boolean()
      .default(false)
      .describe("Only list all hits in the column `tos`; without --out they are printed"),
  }),
  shorthand: "action",
  needs: ({ columns }) => columns,
  adds: ({ action, pii, categories, explain }) =>
    explain ||
    action === "flag" ||
    piiOf({ action, pii }) === "flag" ||
    Object.values(categoriesOf(categories)).some((setting) => setting.action === "flag")
      ? ["tos"]
      : [],
  examples: [
    {
      recipe: "- screen_tos: { action: drop, pii: redact, categories: { drugs: off, slur: { severity: high } } }",
      command: "gristmill screen_tos in.parquet -o out.parquet --action redact",
    },
    { recipe: "- screen_tos: flag", command: "gristmill screen_tos in.jsonl --explain" },
  ],
  files: ["lexicon"],
  view: ({ explain }) => (explain ? "tos" : null),
  parts: ({ categories, lexicon, ...options }) => [
    {
      shape: "map",
      native: {
        kind: "screen_tos",
        options: {
          ...options,
          pii: piiOf(options),
          categories: categoriesOf(categories),
          ...(lexicon === undefined ? {} : { lexicon }),
        },
      },
    },
  ],
});
