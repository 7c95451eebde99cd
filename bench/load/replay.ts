/**
 * `node --import tsx bench/load/replay.ts [--rows 1000000]`: batches sent one to five times each, in random order and over eight
 * connections at once, half of them with their idempotency key, some cut anew so that the same rows come in other batches. The
 * store must hold exactly the rows, each once, with the latest edit.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { signedHeaders } from "../../ts/discord/index.ts";
import { openStore } from "../../ts/store/index.ts";
import { SECRET, startServer } from "./server.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" } } });
const rows = Number(values.rows);
const PER = 100;
const folder = mkdtempSync(join(tmpdir(), "gm-replay-"));
const place = join(folder, "messages.db");
const begin = BigInt(Date.now() - 86_400_000 - 1_420_070_400_000) << 22n;
// About three times each on average.
const distinct = Math.floor(rows / 3 / PER) * PER;

// One moment for all, so that a batch sent again is the same to the last byte.
const EDITED = Date.now() - 60_000;

const rowOf = (n: number, edit: number): object => ({
  event: "message",
  message_id: (begin + BigInt(n)).toString(),
  guild_id: "200000000000000001",
  channel_id: `30000000000000000${n % 10}`,
  author_id: "400000000000000001",
  author_bot: false,
  content: `row ${n} edit ${edit}`,
  ...(edit > 0 && { edited: new Date(EDITED + edit * 1_000).toISOString() }),
});
// Every tenth row is edited twice; its last state is the second edit.
const editsOf = (n: number): number => (n % 10 === 0 ? 2 : 0);

interface Sending {
  from: number;
  edit: number;
  key: string;
}
const sendings: Sending[] = [];
for (let from = 0; from < distinct; from += PER) {
  const times = 1 + Math.floor(Math.random() * 5);
  const key = Math.random() < 0.5 ? `b${from}` : "";
  for (let i = 0; i < times; i += 1) sendings.push({ from, edit: -1, key });
  // The same rows from another border on, without the end of the list.
  if (Math.random() < 0.2 && from + PER + 50 <= distinct)
    sendings.push({ from: from + 50, edit: Math.random() < 0.5 ? 0 : 1, key: "" });
}
for (let i = sendings.length - 1; i > 0; i -= 1) {
  const j = Math.floor(Math.random() * (i + 1));
  [sendings[i], sendings[j]] = [sendings[j] as Sending, sendings[i] as Sending];
}
const { child, port } = await startServer(place, folder);
const begun = performance.now();
let sent = 0;
let replayed = 0;
try {
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let next = sendings.pop(); next !== undefined; next = sendings.pop()) {
        const { from, edit, key } = next;
        const body = Buffer.from(
          JSON.stringify(
            Array.from({ length: PER }, (_, i) =>
              rowOf(from + i, edit < 0 ? editsOf(from + i) : Math.min(edit, editsOf(from + i))),
            ),
          ),
        );
        const headers = signedHeaders(
          { id: "load", secret: SECRET },
          { method: "POST", path: "/v1/messages", body, idempotencyKey: key, now: Date.now() },
        );
        const answer = await fetch(`http://127.0.0.1:${port}/v1/messages`, {
          method: "POST",
          body,
          headers: { ...headers, "content-type": "application/json" },
        });
        if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`);
        if (((await answer.json()) as { replayed: boolean }).replayed) replayed += 1;
        sent += PER;
      }
    }),
  );
  const store = await openStore(place, { create: false, readOnly: true });
  let seen = 0;
  for (let after: string | undefined; ; ) {
    const page = await store.messages({ limit: 1_000, ...(after !== undefined && { after }) });
    for (const { message_id, content } of page) {
      if (message_id !== (begin + BigInt(seen)).toString()) throw new Error(`row ${seen} is ${message_id}`);
      if (content !== `row ${seen} edit ${editsOf(seen)}`) throw new Error(`row ${seen} holds ${content}`);
      seen += 1;
    }
    after = page.at(-1)?.message_id;
    if (after === undefined) break;
  }
  await store.close();
  if (seen !== distinct) throw new Error(`${distinct} rows expected, ${seen} found`);
  const seconds = Math.round((performance.now() - begun) / 1_000);
  process.stdout.write(
    `${sent} rows sent in ${seconds} s, ${replayed} batches known by key, ${seen} rows stored: the exact set\n`,
  );
} finally {
  child.removeAllListeners("exit");
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
}
