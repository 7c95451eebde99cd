import { z } from "zod";
import { column } from "./common.ts";
import { defineStep } from "./step.ts";

const PROFILES = ["default", "santacoder", "starcoder", "deepseek", "qwen"] as const;

const weight = (preset: number, what: string) => z.number().min(0).default(preset).describe(what);

/** Rearranges texts so that a model learns to fill in the middle. */
export const fim = defineStep({
  name: "fim",
  aliases: ["fill_in_the_middle"],
  summary: "Rearrange a share of the texts so that a model learns to fill in the middle",
  details: `Cuts a piece out of a text and puts it at the end, behind tokens that say so
([Bavarian et al. 2022](https://arxiv.org/abs/2207.14255)): prefix, suffix, middle (\`psm\`), or suffix, prefix, middle
(\`spm\`). Works on text, before \`encode\` and packing, and a rearranged text can be put back to the letter: no line end is lost at a cut.
Which texts are taken, how and where they are cut follows from seed and row id alone.

Kinds of cut: \`random\` between any two characters; \`line\`, the rest of a line or up to eight whole lines; \`multi\`, two or three
holes with numbered tokens. \`profile\` names the tokens as a family of models knows them; DeepSeek's knows no \`spm\`.

Encode with \`special_in_text: recognise\`, so that the tokens become ids of their own and the pieces are encoded apart; where two
pieces meet without a token between them, \`fim_seams\` tells \`encode\` at which byte. Texts that hold
such a token already stay as they are. Counts of what was done, by order and kind, stand under \`changed\` in the manifest.`,
  shape: "map",
  options: z.strictObject({
    column,
    rate: z.number().min(0).max(1).default(0.5).describe("Share of the texts that are rearranged"),
    spm: z.number().min(0).max(1).default(0.5).describe("Share of those that are laid out suffix first"),
    kinds: z
      .strictObject({
        random: weight(0.5, "Between any two characters"),
        line: weight(0.45, "The rest of a line, or whole lines"),
        multi: weight(0.05, "Two or three holes"),
      })
      .default({ random: 0.5, line: 0.45, multi: 0.05 })
      .describe("How often each kind of cut is taken; only the proportions count"),
    profile: z.enum(PROFILES).default("default").describe("Family of models that the tokens are for"),
    tokens: z
      .strictObject({
        prefix: z.string().min(1).describe("Before the prefix"),
        suffix: z.string().min(1).describe("Before the suffix"),
        middle: z.string().min(1).describe("Before the middle"),
        hole: z.string().includes("{n}").describe("A hole of several; `{n}` is its number"),
      })
      .nullable()
      .default(null)
      .describe("Other names of the tokens than those of the profile"),
    end: z.string().nullable().default(null).describe("Text appended to every text, such as `<|endoftext|>`"),
    min_lines: z.int().min(0).default(3).describe("Texts with fewer lines stay as they are"),
    max_chars: z.int().min(1).default(100_000).describe("Texts with more characters stay as they are"),
    except_types: z
      .array(z.string().min(1))
      .default(["documentation", "problems"])
      .describe("Rows with these values in a column `type` stay as they are, where there is such a column"),
    seed: z.int().min(0).nullable().default(null).describe("Seed of this step; the recipe's when absent"),
  }),
  shorthand: "rate",
  needs: ({ column }) => [column],
  uses: () => ["type"],
  adds: () => ["fim_seams"],
  examples: [
    {
      recipe: "- fim: { rate: 0.5, profile: starcoder }",
      command: "gristmill fim in.parquet -o out.parquet --rate 0.5",
    },
  ],
  parts: (options, { seed }) => [
    { shape: "map", native: { kind: "fim", options: { ...options, seed: options.seed ?? seed } } },
  ],
});
