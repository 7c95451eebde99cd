/**
 * `node --import tsx bench/load/ingest.ts [--store PLACE] [--seconds 20] [--connections 8] [--batch 100] [--offer FACTOR]
 * [--waiting N] [--no-record]`: a real `gristmill serve` takes signed batches over HTTP. Without `--offer` every connection sends its next
 * batch when the last one is answered: the figure is what the server sustains. With `--offer 3` batches go out on a
 * clock at three times that figure, and what was accepted and refused must be all that was sent. At the end the store is counted.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { signedHeaders } from "../../ts/discord/index.ts";
import { openStore } from "../../ts/store/index.ts";
import { median, RECORDS, stamp } from "../record.ts";
import { cpuOf, peakMb, SECRET, startServer } from "./server.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string" },
    seconds: { type: "string", default: "20" },
    connections: { type: "string", default: "8" },
    batch: { type: "string", default: "100" },
    offer: { type: "string" },
    waiting: { type: "string", default: "256" },
    "no-record": { type: "boolean", default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), "gm-load-"));
const place = values.store ?? join(folder, "messages.db");
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const perBatch = Number(values.batch);

let nextId = 0;
/** Messages as long as those of the shared chat are on average, ids of their own each. */
function batch(): Buffer {
  const begin = BigInt(Date.now() - 1_420_070_400_000) << 22n;
  const events = Array.from({ length: perBatch }, () => {
    nextId += 1;
    return {
      event: "message",
      message_id: (begin + BigInt(nextId)).toString(),
      message_reference_message_id: null,
      guild_id: "200000000000000001",
      channel_id: `30000000000000000${nextId % 10}`,
      author_id: `4000000000000000${10 + (nextId % 89)}`,
      author_bot: false,
      content: `message ${nextId} ${"of some words ".repeat(nextId % 6)}`,
    };
  });
  return Buffer.from(JSON.stringify(events));
}

/** Bodies made before the clock starts, so that the sender is not what is measured; made on the way when they run out. */
const ready: { body: Buffer; id: number }[] = [];

function prepare(batches: number): void {
  while (ready.length < batches) ready.push({ body: batch(), id: nextId });
  ready.reverse();
}

interface Outcome {
  status: number;
  ms: number;
  inserted: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 512 });

function post(port: number): Promise<Outcome> {
  const { body, id } = ready.pop() ?? { body: batch(), id: nextId };
  const path = "/v1/messages";
  const headers = signedHeaders(
    { id: "load", secret: SECRET },
    { method: "POST", path, body, idempotencyKey: `k${id}`, now: Date.now() },
  );
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        port,
        host: "127.0.0.1",
        path,
        method: "POST",
        headers: { ...headers, "content-type": "application/json", "content-length": body.length },
      },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.once("end", () => {
          const status = answer.statusCode ?? 0;
          const { inserted = 0 } = JSON.parse(Buffer.concat(pieces).toString("utf8")) as { inserted?: number };
          resolve({ status, ms: performance.now() - begun, inserted });
        });
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

/** Every connection on its own, one batch after the other. */
async function closedLoop(port: number, forSeconds: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const until = performance.now() + forSeconds * 1_000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) outcomes.push(await post(port));
    }),
  );
  return outcomes;
}

/** Batches by the clock, whatever became of those before. */
async function openLoop(port: number, batchesPerSecond: number, forSeconds: number): Promise<Outcome[]> {
  const under = new Set<Promise<void>>();
  const outcomes: Outcome[] = [];
  const begun = performance.now();
  for (let sent = 0; performance.now() - begun < forSeconds * 1_000; ) {
    const due = Math.floor(((performance.now() - begun) / 1_000) * batchesPerSecond);
    for (; sent < due && under.size < 500; sent += 1) {
      const one: Promise<void> = post(port).then((outcome) => {
        outcomes.push(outcome);
        under.delete(one);
      });
      under.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(under);
  return outcomes;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const { child, port } = await startServer(place, folder, ["--max-waiting", values.waiting]);
try {
  prepare(300);
  const warm = await closedLoop(port, 3);
  if (values.offer === undefined) prepare(Math.ceil((warm.length / 3) * 1.5 * seconds));
  const cpuBefore = cpuOf(child.pid);
  const begun = performance.now();
  let outcomes: Outcome[];
  if (values.offer === undefined) outcomes = await closedLoop(port, seconds);
  else {
    const capacity = warm.length / 3;
    outcomes = await openLoop(port, capacity * Number(values.offer), seconds);
  }
  const wall = (performance.now() - begun) / 1_000;
  const cpu = cpuOf(child.pid) - cpuBefore;
  const accepted = outcomes.filter(({ status }) => status === 200);
  const refused = outcomes.filter(({ status }) => status === 429);
  if (accepted.length + refused.length !== outcomes.length) {
    throw new Error(`answers that are neither 200 nor 429: ${outcomes.length - accepted.length - refused.length}`);
  }
  const store = await openStore(place, { create: false, readOnly: true });
  const { messages } = await store.counts();
  await store.close();
  const acknowledged = [...warm, ...accepted].filter(({ status }) => status === 200).length * perBatch;
  if (values.store === undefined && messages !== acknowledged) {
    throw new Error(`${acknowledged} messages acknowledged, ${messages} stored`);
  }
  const times = accepted.map(({ ms }) => ms).sort((a, b) => a - b);
  const record = {
    ...stamp(),
    suite: "ingest",
    summary:
      values.offer === undefined
        ? "HTTP ingest with durable commit"
        : `HTTP ingest, ${values.offer} times the capacity offered`,
    engine: place.startsWith("postgres") ? "postgres" : "sqlite",
    kind: "load",
    connections,
    batch: perBatch,
    seconds: wall,
    sent: outcomes.length * perBatch,
    accepted: accepted.length * perBatch,
    refused: refused.length * perBatch,
    stored: messages,
    messages_per_s: Math.round((accepted.length * perBatch) / wall),
    p50_ms: Number(median(times).toFixed(2)),
    p99_ms: Number(quantile(times, 0.99).toFixed(2)),
    server_cpu_s: Number(cpu.toFixed(2)),
    peak_rss_mb: Math.round(peakMb(child.pid)),
  };
  process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
  if (!values["no-record"]) {
    const folderOfRecords = join(RECORDS, "load");
    mkdirSync(folderOfRecords, { recursive: true });
    appendFileSync(join(folderOfRecords, `${record.date.slice(0, 10)}.jsonl`), `${JSON.stringify(record)}\n`);
  }
} finally {
  child.removeAllListeners("exit");
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
}
