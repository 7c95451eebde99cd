import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { addon, gristmill, root, visibleFiles } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-kill-seq-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `GRISTMILL_KILLS=10` for the whole proof; a few in every run of the suite. */
const KILLS = Number(process.env.GRISTMILL_KILLS ?? 2);

const eventsIn = (text: string): number => text.match(/"event":/g)?.length ?? 0;

/** Many small files are slow to sync where others work on the same disk. */
const patient = { cwd: folder, timeoutMs: 240_000 };

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
      const build = (out: string): string[] => ["build", `${method}.yaml`, "-o", out, "--log-format", "json"];
      const fresh = (): string => mkdtempSync(join(folder, "out-"));
      const whole = fresh();
      const first = await gristmill(build(whole), patient);
      expect(first.code, first.stderr).toBe(0);
      const expected = visibleFiles(whole);
      const data = Object.keys(expected).filter((name) => name.startsWith("data"));
      expect(data.filter((name) => /\.(npy|bin|idx|zstd)$/.test(name)).length).toBeGreaterThan(8);
      const wholeEvents = eventsIn(first.stderr);
      let inTheMiddle = 0;
      for (let round = 0; round < KILLS; round += 1) {
        const out = fresh();
        const wanted = Math.ceil(Math.random() * wholeEvents * 0.9);
        const delay = Math.random() * 20;
        let seen = 0;
        await gristmill(build(out), {
          ...patient,
          onStderr(text, child) {
            const before = seen;
            seen += eventsIn(text);
            if (before < wanted && seen >= wanted) setTimeout(() => child.kill("SIGKILL"), delay);
          },
        });
        if (!existsSync(join(out, "manifest.json"))) inTheMiddle += 1;
        const resumed = await gristmill(build(out), patient);
        expect(resumed.code, resumed.stderr).toBe(0);
        expect(visibleFiles(out), `killed after ${wanted} of ${wholeEvents} events`).toEqual(expected);
        rmSync(out, { recursive: true });
      }
      // A kill that comes after the end proves nothing.
      expect(inTheMiddle).toBeGreaterThanOrEqual(Math.floor(KILLS / 2));
    },
    60_000 + KILLS * 30_000,
  );
});
