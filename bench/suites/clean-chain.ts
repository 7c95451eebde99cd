import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { NativeStep } from "../../ts/native/specs.ts";
import { cleanMessage } from "../baseline/clean-chain.ts";
import { readJsonl, type TextRow } from "../baseline/read-jsonl.ts";
import { messagesJsonl, size } from "../inputs/data.ts";
import { drain, hashRows, pump, threads } from "../native.ts";
import type { Suite } from "../suite.ts";

/** The chain without the rule that needs the product's word list, which the baseline does not have. */
const CHAIN: NativeStep[] = [
  { step: "clean_chat", kind: "clean_chat", options: { layout: "plain", rules: { nword: "off" } }, side: {} },
];

/** All cleaning rules over single messages, reading them included. */
export const suite: Suite = {
  name: "clean-chain",
  summary: "cleaning chain over chat messages, JSONL read included",
  input: async () => size(messagesJsonl()),
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (count) => {
        threads(count);
        const path = messagesJsonl();
        return { run: async () => void (await pump(path, CHAIN, drain())), check: () => hashRows(path, CHAIN) };
      },
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: async () => {
        const path = messagesJsonl();
        return {
          run: async () => {
            // The fastest way in JavaScript: the whole file at once.
            for (const line of readFileSync(path, "utf8").split("\n")) {
              if (line !== "") cleanMessage((JSON.parse(line) as TextRow).text);
            }
          },
          check: async () => {
            const hash = createHash("sha256");
            for await (const { id, text } of readJsonl(path)) {
              const cleaned = cleanMessage(text);
              if ("text" in cleaned) hash.update(`${JSON.stringify({ id, text: cleaned.text })}\n`);
            }
            return hash.digest("hex");
          },
        };
      },
    },
  ],
  peers: [],
};
