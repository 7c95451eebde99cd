import { createWriteStream, rmSync } from "node:fs";
import { join } from "node:path";
import { writeParquet } from "../../ts/native/write-parquet.ts";
import { readJsonl } from "../baseline/read-jsonl.ts";
import { DATA, messagesJsonl, size } from "../inputs/data.ts";
import { batches, hashRows, threads } from "../native.ts";
import type { Suite } from "../suite.ts";

/** The one function of `hyparquet-writer` that is used here. */
interface ParquetWriter {
  parquetWriteBuffer(options: {
    columnData: { name: string; data: string[]; type: string }[];
    codec: string;
    rowGroupSize: number;
  }): ArrayBuffer;
}

/** A module that may not be installed. */
async function optional(name: string): Promise<ParquetWriter | undefined> {
  try {
    return (await import(name)) as ParquetWriter;
  } catch {
    return undefined;
  }
}

/** Two text columns to Parquet; the native side compresses with zstd 3, the pure JS writer knows snappy only. */
export const suite: Suite = {
  name: "write-parquet",
  summary: "Parquet write, 2 text columns (native: zstd 3 from Arrow; pure JS: snappy)",
  input: async () => size(messagesJsonl()),
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (count) => {
        threads(count);
        // In memory, as the peers have their tables.
        const rows = await batches(messagesJsonl());
        const path = join(DATA, "out", `${process.pid}.parquet`);
        const write = async () => (await writeParquet(rows, path, { overwrite: true })).path;
        return { run: async () => rmSync(await write()), check: async () => hashRows(await write()) };
      },
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: async () => {
        const writer = await optional("hyparquet-writer");
        if (writer === undefined) return undefined;
        const id: string[] = [];
        const text: string[] = [];
        for await (const row of readJsonl(messagesJsonl())) {
          id.push(row.id);
          text.push(row.text);
        }
        const path = join(DATA, "out", "baseline.parquet");
        const write = async () => {
          const bytes = writer.parquetWriteBuffer({
            columnData: [
              { name: "id", data: id, type: "STRING" },
              { name: "text", data: text, type: "STRING" },
            ],
            codec: "SNAPPY",
            rowGroupSize: 100_000,
          });
          const out = createWriteStream(path);
          await new Promise<void>((done, fail) => out.on("error", fail).end(new Uint8Array(bytes), () => done()));
        };
        return {
          run: write,
          check: async () => {
            await write();
            return hashRows(path);
          },
        };
      },
    },
  ],
  peers: ["pyarrow", "polars"],
};
