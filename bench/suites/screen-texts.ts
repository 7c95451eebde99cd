import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pack, Screener, scanTexts } from "../../ts/native/batch.ts";
import type { TextRow } from "../baseline/read-jsonl.ts";
import { type Hit, Terms } from "../baseline/screen-terms.ts";
import { messagesJsonl } from "../inputs/data.ts";
import { threads } from "../native.ts";
import type { Prepared, Suite } from "../suite.ts";

const messages = (): string[] =>
  readFileSync(messagesJsonl(), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as TextRow).text);

function hashed(found: Iterable<readonly Hit[]>): string {
  const hash = createHash("sha256");
  for (const hits of found) hash.update(`${JSON.stringify(hits.map(({ rule, start, end }) => [rule, start, end]))}\n`);
  return hash.digest("hex");
}

/** One engine over texts that were read before the clock starts. */
const prepared =
  (make: (texts: string[]) => Prepared) =>
  async (count: number): Promise<Prepared> => {
    threads(count);
    return make(messages());
  };

/** Texts that stay packed, as between two native calls. */
const native = (options: Record<string, unknown>) =>
  prepared((texts) => {
    const packed = pack(texts);
    const screener = new Screener(options);
    return {
      run: async () => void (await screener.scan(packed)),
      check: async () => hashed(await scanTexts(texts, screener)),
    };
  });

const input = async () => Buffer.byteLength(messages().join(""));

/** All terms and all kinds of personal data. */
export const screenPacked: Suite = {
  name: "screen-packed",
  summary: "screening of texts in memory, terms and personal data",
  input,
  engines: [{ name: "native", kind: "native", prepare: native({}) }],
  peers: [],
};

/** Terms alone, which the baseline has. */
export const screenTerms: Suite = {
  name: "screen-terms",
  summary: "screening of texts in memory for terms (native: packed; baseline: strings)",
  input,
  engines: [
    { name: "native", kind: "native", prepare: native({ pii: "off", categories: { doxx: { action: "drop" } } }) },
    {
      name: "baseline",
      kind: "baseline",
      prepare: prepared((texts) => {
        const terms = new Terms();
        const all = () => texts.map((text) => terms.find(text));
        return { run: async () => void all(), check: async () => hashed(all()) };
      }),
    },
  ],
  peers: [],
};
