import { z } from "zod";
import { compat, modeOf } from "./common.ts";
import { defineStep } from "./step.ts";

/** Turns replies into two-speaker ChatML dialogues. */
export const buildDialogues = defineStep({
  name: "build_dialogues",
  aliases: ["chains"],
  summary: "Join replies to dialogues of two speakers in ChatML",
  details: `Follows the replies from each root message, cuts at the first message of a further speaker, merges consecutive
messages of one author and gives roles by author: the last speaker is the assistant. One row per dialogue: \`text\`,
\`guild_id\`, \`channel_id\`, \`assistant_turns\`. A message that nobody answered and that answers nothing is dropped with
reason \`unanswered\`, one in a loop of replies with \`reply_cycle\`.

\`paths\` says what becomes of a message with several replies: \`tree\` takes all of them in order of depth and id,
\`longest_path\` the longest line of replies, \`every_leaf\` one dialogue per last reply.

With \`compat: true\` roles go by position instead of author and runs are merged within one role, as in the script this
step replaces.`,
  shape: "group",
  options: z.strictObject({
    speakers: z.int().min(2).max(2).default(2).describe("Speakers of a dialogue; ChatML knows user and assistant"),
    paths: z
      .enum(["tree", "longest_path", "every_leaf"])
      .default("tree")
      .describe("What becomes of a message with several replies"),
    compat,
  }),
  shorthand: "paths",
  needs: () => ["message_id", "message_reference_message_id", "guild_id", "channel_id", "author_id", "content"],
  adds: () => ["text", "guild_id", "channel_id", "assistant_turns"],
  removes: (_options, columns) => [...columns],
  examples: [
    {
      recipe: "- build_dialogues: { paths: tree }",
      command: "gristmill build_dialogues filtered.csv -o dialogues.csv",
    },
  ],
  parts: ({ speakers, paths, compat }) => [
    {
      shape: "select",
      keys: { kind: "reply_links", options: {} },
      decide: { kind: "linked" },
      reasons: ["unanswered", "reply_cycle"],
    },
    {
      shape: "group",
      route: { by: { kind: "label" }, order: "message_id" },
      native: { kind: "build_dialogues", options: { speakers, paths, mode: modeOf(compat) } },
    },
  ],
});
