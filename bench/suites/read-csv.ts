import { createHash } from "node:crypto";
import { readCsv } from "../baseline/read-csv.ts";
import { messagesCsv, size } from "../inputs/data.ts";
import { drain, hashRows, pump, threads } from "../native.ts";
import type { Suite } from "../suite.ts";

/** Rows of id and text out of CSV. */
export const suite: Suite = {
  name: "read-csv",
  summary: "CSV read, 2 columns",
  input: async () => size(await messagesCsv()),
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (count) => {
        threads(count);
        const path = await messagesCsv();
        return { run: async () => void (await pump(path, [], drain())), check: () => hashRows(path) };
      },
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: async () => {
        const path = await messagesCsv();
        return {
          run: async () => {
            for await (const record of readCsv(path)) if (record.length !== 2) throw new Error("not two fields");
          },
          check: async () => {
            const hash = createHash("sha256");
            let head = true;
            for await (const [id, text] of readCsv(path)) {
              if (!head) hash.update(`${JSON.stringify({ id, text })}\n`);
              head = false;
            }
            return hash.digest("hex");
          },
        };
      },
    },
  ],
  peers: ["pyarrow", "polars"],
};
