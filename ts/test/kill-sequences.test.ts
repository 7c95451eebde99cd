import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { addon, root } from "./cli-process.ts";
import { killAndResume } from "./kill-and-resume.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-kill-seq-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `GRISTMILL_KILLS=10` for the whole proof; a few in every run of the suite. */
const KILLS = Number(process.env.GRISTMILL_KILLS ?? 2);

const METHODS = process.env.GRISTMILL_KILLS === undefined ? (["concat"] as const) : (["best_fit", "concat"] as const);

describe.skipIf(!addon).each(METHODS)("sequences packed by %s", (method) => {
  it(
    `killed at ${KILLS} random moments and resumed, end with the same bytes`,
    async () => {
      const lines = Array.from({ length: 1_500 }, (_, n) => {
        const text = Array.from({ length: 3 + (n % 40) }, (_, i) => `let v${i} = ${n * i};\n`).join("");
        return JSON.stringify({ id: `d${n}`, text });
      });
      writeFileSync(join(folder, "in.jsonl"), `${lines.join("\n")}\n`);
      const sequences = { column: "input_ids", shard_bytes: 700_000 };
      const recipe = {
        name: "sequences",
        sources: [{ jsonl: { path: "in.jsonl", key: "id" } }],
        steps: [
          { fim: { rate: 0.5 } },
          { encode: { tokenizer: join(root, "fixtures/steps/encode-bpe/tokenizer.json"), loss: "all" } },
          { pack: { length: 512, pad: 0, end: 0, labels: "labels", method } },
        ],
        outputs: [
          { numpy: { ...sequences, row_tokens: 512 } },
          { megatron: { ...sequences, sequences: "seq_lens", split: "test" } },
          { mds: { columns: ["input_ids", "labels"], shard_bytes: 700_000, zstd_level: 1 } },
        ],
      };
      writeFileSync(join(folder, `${method}.yaml`), JSON.stringify(recipe));
      const files = await killAndResume(join(folder, `${method}.yaml`), KILLS);
      const data = Object.keys(files).filter((name) => name.startsWith("data"));
      expect(data.filter((name) => /\.(npy|bin|idx|zstd)$/.test(name)).length).toBeGreaterThan(8);
    },
    60_000 + KILLS * 30_000,
  );
});
