import { z } from "zod";
import { column, split, TRAINED, tokenizerFile, trainedSide } from "./common.ts";
import { defineStep } from "./step.ts";

/** Adds the ids of a text. */
export const encode = defineStep({
  name: "encode",
  aliases: [],
  summary: "Add the token ids of a text as a column",
  details: `Takes any \`tokenizer.json\`, tiktoken's files of ranks, \`vocab.json\` beside \`merges.txt\`, or \`trained\`: what a step
\`train_tokenizer\` before has made. Byte-level byte-pair encoding runs on an engine of gristmill's own, everything else through the
\`tokenizers\` crate; \`gristmill tokenizer inspect\` says which. Ids are lists of 32-bit numbers. Text that looks like a special
token is ordinary text unless \`special_in_text\` says otherwise; with \`refuse\` such rows are dropped (\`special_token\`).

With \`loss\` a column of labels goes beside: the id of a token that is learnt, -100 for one that is not. For dialogues in ChatML
\`assistant\` learns what the assistant says and the tags that end it; a token belongs to where it begins. \`pack: { labels: labels }\`
takes the column along. With \`loss_weights\` a column of weights goes beside as well: how much the words of a role count, with the tags that
end them; headers and other roles count nothing, and what counts nothing is labelled -100. \`loss\` then says whose words count at all.
Where rows have a column \`fim_seams\`, as \`fim\` writes it, their texts are encoded in the pieces it
tells.`,
  shape: "map",
  options: z.strictObject({
    tokenizer: tokenizerFile,
    column,
    into: z.string().min(1).default("ids").describe("Column that takes the ids"),
    special: z
      .boolean()
      .default(false)
      .describe("Put special tokens around the text, such as a begin token; texts in pieces get none"),
    special_in_text: z
      .enum(["ignore", "recognise", "refuse"])
      .default("ignore")
      .describe("What the text of a special token inside a document is: text, that token, or a reason to drop the row"),
    split,
    loss: z
      .enum(["all", "assistant", "last_assistant"])
      .nullable()
      .default(null)
      .describe(
        "Write labels too: of all tokens, or in dialogues of what the assistant says, with the tags that end it",
      ),
    labels: z.string().min(1).default("labels").describe("Column that takes the labels"),
    loss_weights: z
      .strictObject({
        assistant: z.number().min(0).default(1).describe("Weight of what the assistant says"),
        user: z.number().min(0).default(0).describe("Weight of what the user says"),
      })
      .nullable()
      .default(null)
      .describe("Write labels and weights of tokens, by the role that says them"),
    weights: z.string().min(1).default("loss_weights").describe("Column that takes the weights"),
  }),
  shorthand: "tokenizer",
  needs: ({ column }) => [column],
  uses: () => ["fim_seams"],
  adds: ({ into, loss, labels, loss_weights, weights }) => [
    into,
    ...(loss === null && loss_weights === null ? [] : [labels]),
    ...(loss_weights === null ? [] : [weights]),
  ],
  examples: [
    {
      recipe: "- encode: { tokenizer: ./tokenizer.json }",
      command: "gristmill encode in.jsonl -o out.jsonl --tokenizer tokenizer.json",
    },
  ],
  files: ["tokenizer"],
  parts: ({ tokenizer, column, into, special, special_in_text, split, loss, labels, loss_weights, weights }) => [
    {
      shape: "map",
      native: {
        kind: "encode",
        options: {
          tokenizer: tokenizer === TRAINED ? null : tokenizer,
          column,
          into,
          special,
          specials: special_in_text,
          split,
          loss,
          labels,
          loss_weights,
          weights,
        },
      },
      ...trainedSide(tokenizer),
    },
  ],
});
