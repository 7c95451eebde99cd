/**
 * The message store with 200,000 messages in reply chains ten deep: import, read, dialogues. One process per step, so
 * that peaks of memory stand apart. `node --import tsx bench/store.ts PLACE [--keep]`; PLACE is a new SQLite file or an
 * empty Postgres database.
 */
import { spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { build, importMessages, openStore } from "../ts/api/index.ts";
import { DATA } from "./inputs/data.ts";
import { keep, stamp } from "./record.ts";

const MESSAGES = 200_000;
const DEPTH = 10;
const INPUT = join(DATA, "store-messages.csv");
const WORDS =
  "the disk is full again so i moved the old logs away and now the build works thanks for your help with it".split(" ");

const STEPS: Record<string, (place: string) => Promise<void>> = {
  async import(place) {
    const { inserted } = await importMessages({ inputs: [INPUT], store: place });
    if (inserted !== MESSAGES) throw new Error(`${inserted} messages inserted: the store was not empty`);
  },
  async read(place) {
    const store = await openStore(place, { readOnly: true });
    const snapshot = await store.snapshot();
    const { rows } = await snapshot.writeCsv(join(tmpdir(), `gristmill-bench-${process.pid}.csv`), { channels: null });
    rmSync(join(tmpdir(), `gristmill-bench-${process.pid}.csv`));
    if (rows !== MESSAGES) throw new Error(`${rows} messages read`);
    await snapshot.close();
    await store.close();
  },
  async dialogues(place) {
    const out = mkdtempSync(join(tmpdir(), "gristmill-bench-"));
    const steps = [{ build_dialogues: { speakers: 2 } }];
    const { rows } = await build(
      { name: "bench", sources: [{ store: place }], steps, outputs: ["dataset"] },
      { out: join(out, "out"), reporter: null },
    );
    rmSync(out, { recursive: true });
    if (rows !== MESSAGES / DEPTH) throw new Error(`${rows} dialogues`);
  },
};

/** Made messages: two speakers take turns, each answers the one before. The same on every machine. */
function* lines(): Generator<string> {
  yield "message_id,message_reference_message_id,guild_id,channel_id,author_id,author_bot,content,timestamp\n";
  const start = BigInt(Date.UTC(2020, 0, 1)) - 1420070400000n;
  const id = (n: number): string => ((start + BigInt(n) * 1000n) << 22n).toString();
  for (let n = 0; n < MESSAGES; n++) {
    const reply = n % DEPTH === 0 ? "" : id(n - 1);
    const chain = Math.floor(n / DEPTH);
    const text = Array.from({ length: 4 + ((n * 7) % 17) }, (_, i) => WORDS[(n * 31 + i * 13) % WORDS.length]).join(
      " ",
    );
    const time = new Date(Date.UTC(2020, 0, 1) + n * 1000).toISOString();
    yield `${id(n)},${reply},11,${200 + (chain % 20)},${3000 + chain * 2 + (n % 2)},false,${text},${time}\n`;
  }
}

async function measure(name: string, place: string): Promise<void> {
  const before = process.cpuUsage();
  const begun = performance.now();
  await STEPS[name]?.(place);
  const wall_s = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(before);
  const peak_rss_mb = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(JSON.stringify({ cpu_s: (user + system) / 1e6, wall_s, peak_rss_mb }));
}

async function main(place: string, keeping: boolean): Promise<void> {
  mkdirSync(DATA, { recursive: true });
  if (!existsSync(INPUT)) await pipeline(lines(), createWriteStream(INPUT));
  const mb = statSync(INPUT).size / 1e6;
  const kind = /^postgres/.test(place) ? "postgres" : "sqlite";
  for (const name of Object.keys(STEPS)) {
    const self = fileURLToPath(import.meta.url);
    const child = spawnSync(process.execPath, ["--import", "tsx", self, place, "--step", name], { encoding: "utf8" });
    if (child.status !== 0) throw new Error(child.stderr);
    const figures = JSON.parse(child.stdout) as { cpu_s: number; wall_s: number; peak_rss_mb: number };
    const { cpu_s, wall_s, peak_rss_mb } = figures;
    console.log(
      `${kind.padEnd(9)}${name.padEnd(10)} ${wall_s.toFixed(2)} s wall, ${cpu_s.toFixed(2)} s CPU, ${peak_rss_mb} MB, ${Math.round(MESSAGES / wall_s)} messages a second`,
    );
    if (!keeping) continue;
    const summary = `${MESSAGES} messages, chains of ${DEPTH}: ${name}`;
    const rates = { mb_per_cpu_s: mb / cpu_s, mb_per_s: mb / wall_s };
    keep({
      ...stamp(),
      suite: `store-${name}`,
      summary,
      engine: kind,
      kind: "store",
      threads: 2,
      mb,
      ...figures,
      ...rates,
      runs: 1,
    });
  }
}

const [place = "", ...flags] = process.argv.slice(2);
const step = flags[flags.indexOf("--step") + 1];
await (flags.includes("--step") && step !== undefined ? measure(step, place) : main(place, flags.includes("--keep")));
