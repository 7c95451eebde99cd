import { createHash } from "node:crypto";
import { readJsonl } from "../baseline/read-jsonl.ts";
import { messagesJsonl, size } from "../inputs/data.ts";
import { drain, hashRows, pump, threads } from "../native.ts";
import type { Suite } from "../suite.ts";

/** Rows of id and text out of JSON lines. */
export const suite: Suite = {
  name: "read-jsonl",
  summary: "JSONL read, 2 columns",
  input: async () => size(messagesJsonl()),
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (count) => {
        threads(count);
        const path = messagesJsonl();
        return { run: async () => void (await pump(path, [], drain())), check: () => hashRows(path) };
      },
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: async () => {
        const path = messagesJsonl();
        return {
          run: async () => {
            for await (const row of readJsonl(path)) if (typeof row.text !== "string") throw new Error("no text");
          },
          check: async () => {
            const hash = createHash("sha256");
            for await (const { id, text } of readJsonl(path)) hash.update(`${JSON.stringify({ id, text })}\n`);
            return hash.digest("hex");
          },
        };
      },
    },
  ],
  peers: ["pyarrow", "polars", "orjson"],
};
