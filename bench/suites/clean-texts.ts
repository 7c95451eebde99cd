import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type CleanedText, Cleaner, cleanTexts, pack } from "../../ts/native/batch.ts";
import { cleanMessage } from "../baseline/clean-chain.ts";
import type { TextRow } from "../baseline/read-jsonl.ts";
import { messagesJsonl } from "../inputs/data.ts";
import { threads } from "../native.ts";
import type { Prepared, Suite } from "../suite.ts";

/** As in the suite `clean-chain`: without the rule that needs the product's word list. */
const RULES = { layout: "plain", rules: { nword: "off" } };

/** Hash of what became of each text: the cleaned text, or the reason it was turned away for. */
function hashed(results: Iterable<{ text: string } | { reason: string }>): string {
  const hash = createHash("sha256");
  for (const one of results) hash.update(`${JSON.stringify("text" in one ? one.text : { reason: one.reason })}\n`);
  return hash.digest("hex");
}

const messages = (): string[] =>
  readFileSync(messagesJsonl(), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as TextRow).text);

/** One engine over texts that were read before the clock starts. */
const prepared =
  (make: (texts: string[]) => Prepared) =>
  async (count: number): Promise<Prepared> => {
    threads(count);
    return make(messages());
  };

const viaStrings = async (texts: string[]): Promise<CleanedText[]> => cleanTexts(texts, RULES);

/** All cleaning rules over single messages in memory: strings in, strings out. */
export const cleanStrings: Suite = {
  name: "clean-strings",
  summary: "cleaning chain over strings in memory, strings out",
  input: async () => Buffer.byteLength(messages().join("")),
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: prepared((texts) => ({
        run: async () => void (await viaStrings(texts)),
        check: async () => hashed(await viaStrings(texts)),
      })),
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: prepared((texts) => ({
        run: async () => void texts.map(cleanMessage),
        check: async () => hashed(texts.map(cleanMessage)),
      })),
    },
  ],
  peers: [],
};

/** The same with texts that stay packed, as between two native calls: no string is made or read by the native side. */
export const cleanPacked: Suite = {
  ...cleanStrings,
  name: "clean-packed",
  summary: "cleaning chain over texts in memory (native: packed; baseline: strings)",
  engines: cleanStrings.engines.map((engine) =>
    engine.kind === "baseline"
      ? engine
      : {
          ...engine,
          prepare: prepared((texts) => {
            const packed = pack(texts);
            const cleaner = new Cleaner(RULES);
            return {
              run: async () => void (await cleaner.clean(packed)),
              check: async () => hashed(await cleanTexts(texts, cleaner)),
            };
          }),
        },
  ),
};
