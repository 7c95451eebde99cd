import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../ts/api/index.ts";
import { buildDialogues } from "../baseline/build-dialogues.ts";
import { DATA, discordExport, exportMessages, size } from "../inputs/data.ts";
import type { Suite } from "../suite.ts";

/** Hash of all texts whatever their order, since only the texts are promised to be equal. */
function hashTexts(texts: string[]): string {
  return createHash("sha256").update(JSON.stringify(texts.sort())).digest("hex");
}

/** An export to dialogues by reply chains; the native side is a whole build with everything committed to disk. */
export const suite: Suite = {
  name: "build-dialogues",
  summary: "Discord export to dialogues (native: a whole build)",
  input: async () => size(discordExport()),
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (threads) => {
        const input = discordExport();
        const out = join(DATA, "out", `${process.pid}-build`);
        const run = async () => {
          rmSync(out, { recursive: true, force: true });
          const recipe = {
            name: "bench-dialogues",
            sources: [{ discord: input }],
            steps: ["build_dialogues"],
            outputs: [{ dataset: { format: "jsonl" } }],
          };
          await build(recipe, { out, threads });
        };
        return {
          run,
          check: async () => {
            await run();
            const files = readdirSync(join(out, "data")).filter((name) => name.endsWith(".jsonl"));
            const lines = files.flatMap((name) => readFileSync(join(out, "data", name), "utf8").split("\n"));
            return hashTexts(
              lines.filter((line) => line !== "").map((line) => (JSON.parse(line) as { text: string }).text),
            );
          },
        };
      },
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: async () => {
        const path = discordExport();
        const run = () => {
          const file = exportMessages(path);
          const messages = file.messages.map((message) => ({
            id: message.id,
            reference: message.reference?.messageId ?? "",
            guild: file.guild.id,
            channel: file.channel.id,
            author: message.author.id,
            content: message.content,
          }));
          return buildDialogues(messages).map((dialogue) => dialogue.text);
        };
        return { run: async () => void run(), check: async () => hashTexts(run()) };
      },
    },
  ],
  peers: [],
};
