import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { signedHeaders } from "../signature.ts";
import { MemoryStore } from "../test/memory-store.ts";
import { type IngestOptions, IngestServer, type ServeEvent } from "./server.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const TOKEN = "bearer-0123456789abcdef";
const KEYS = `hmac bot ${SECRET}; bearer curl ${TOKEN}`;
const PATH = "/v1/messages";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(options: Partial<IngestOptions> = {}) {
  const store = new MemoryStore();
  const events: ServeEvent[] = [];
  const server = await IngestServer.start({
    store: store.whole(),
    keys: { text: KEYS },
    port: 0,
    onEvent: (event) => events.push(event),
    ...options,
  });
  closing.push(() => server.close());
  return { server, store, events, url: `${server.url}${PATH}` };
}

const message = (id: number, content = `text ${id}`) => ({
  event: "message",
  message_id: String(id),
  guild_id: "1",
  channel_id: "2",
  author_id: "3",
  author_bot: false,
  content,
});

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function signed(body: Uint8Array, more: { secret?: string; now?: number; key?: string } = {}): Record<string, string> {
  return {
    "content-type": "application/json",
    ...signedHeaders(
      { id: "bot", secret: more.secret ?? SECRET },
      { method: "POST", path: PATH, body, idempotencyKey: more.key ?? "", now: more.now ?? Date.now() },
    ),
  };
}

const post = (url: string, body: Uint8Array, headers: Record<string, string>) =>
  fetch(url, { method: "POST", body, headers });

async function codeOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { error: { code: string } }).error.code;
}

describe("taking batches", () => {
  it("answers with counts after the commit, plain and compressed, signed and with a token", async () => {
    const { url, store } = await start();
    const plain = bytes([message(1), message(2)]);
    const first = await post(url, plain, signed(plain));
    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({ inserted: 2, updated: 0, ignored: 0, replayed: false });
    const gzip = gzipSync(bytes([message(2), message(3)]));
    const second = await post(url, gzip, { ...signed(gzip), "content-encoding": "gzip" });
    expect(await second.json()).toMatchObject({ inserted: 1, ignored: 1 });
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json; charset=utf-8" };
    const third = await post(url, bytes([message(3, "edited")]), headers);
    expect(await third.json()).toMatchObject({ updated: 1 });
    expect([...store.messages]).toEqual([
      ["1", "text 1"],
      ["2", "text 2"],
      ["3", "edited"],
    ]);
  });

  it("does not answer before the store has committed", async () => {
    const { url, store } = await start();
    let open = (): void => undefined;
    let entered = false;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    store.gate = () => {
      entered = true;
      return gate;
    };
    const body = bytes([message(1)]);
    let answered = false;
    const answer = post(url, body, signed(body)).then((found) => {
      answered = true;
      return found;
    });
    await expect.poll(() => entered).toBe(true);
    expect(answered).toBe(false);
    open();
    expect((await answer).status).toBe(200);
  });

  it("does nothing for a batch sent again with its key, and refuses the key for another batch", async () => {
    const { url, store } = await start();
    const body = bytes([message(1)]);
    const key = randomUUID();
    for (const replayed of [false, true, true]) {
      const answer = await post(url, body, signed(body, { key }));
      expect(await answer.json()).toMatchObject({ inserted: 1, replayed });
    }
    expect(store.batches.length).toBe(1);
    const other = bytes([message(2)]);
    const answer = await post(url, other, signed(other, { key }));
    expect([answer.status, await codeOf(answer)]).toEqual([422, "GM_INGEST_KEY_REUSED"]);
  });

  it("refuses a bad batch as a whole, with a reason for each item", async () => {
    const { url, store } = await start();
    const body = bytes([message(1), { nothing: true }, message(2), 7]);
    const answer = await post(url, body, signed(body));
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: { problems: { index: number }[] } };
    expect(error.problems.map(({ index }) => index)).toEqual([1, 3]);
    expect(store.messages.size).toBe(0);
    const broken = Buffer.from("[{");
    expect((await post(url, broken, signed(broken))).status).toBe(400);
  });

  it("refuses what does not fit into the queue and says when to come back; nothing is lost", async () => {
    const { url, store } = await start({ maxWaiting: 4 });
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    store.gate = () => gate;
    const all = Array.from({ length: 40 }, (_, id) => {
      const body = bytes([message(id)]);
      return post(url, body, signed(body));
    });
    await expect.poll(async () => (await fetch(url.replace(PATH, "/metrics"))).text()).toContain('status="429"');
    open();
    const answers = await Promise.all(all);
    const taken = answers.filter(({ status }) => status === 200).length;
    const refused = answers.filter(({ status }) => status === 429);
    expect(taken + refused.length).toBe(40);
    expect(refused.every(({ headers }) => Number(headers.get("retry-after")) >= 1)).toBe(true);
    expect(store.messages.size).toBe(taken);
    expect(taken).toBeGreaterThanOrEqual(4);
  });
});

describe("authentication", () => {
  it("refuses 1,000 altered requests before a byte of the body is read", async () => {
    const { url, store, events } = await start();
    const body = bytes([message(1)]);
    const hex = "0123456789abcdef";
    let sent = 0;
    const alter = [
      (headers: Record<string, string>) => flip(headers, "x-gristmill-signature", hex),
      (headers: Record<string, string>) => flip(headers, "x-gristmill-content-sha256", hex),
      (headers: Record<string, string>) => flip(headers, "x-gristmill-timestamp", "0123456789"),
      (headers: Record<string, string>) => flip(headers, "x-gristmill-key", "abcdefgh"),
      (headers: Record<string, string>) => flip(headers, "idempotency-key", hex),
      (headers: Record<string, string>) => ({ ...headers, "x-gristmill-signature": "" }),
      (_: Record<string, string>) => signed(body, { now: Date.now() - 301_000 - Math.random() * 1e9 }),
      (_: Record<string, string>) => signed(body, { now: Date.now() + 302_000 + Math.random() * 1e9 }),
      (_: Record<string, string>) => signed(body, { secret: SECRET.replace("0", "1") }),
      (_: Record<string, string>) => ({
        authorization: `Bearer ${TOKEN.slice(0, -1)}`,
        "content-type": "application/json",
      }),
    ];
    for (let round = 0; round < 100; round += 1) {
      const answers = await Promise.all(
        alter.map((change) => {
          const headers = change(signed(body, { key: "00ff00ff" }));
          sent += 1;
          return post(url, body, headers);
        }),
      );
      expect(answers.map(({ status }) => status)).toEqual(alter.map(() => 401));
    }
    expect(sent).toBe(1_000);
    expect(store.batches).toEqual([]);
    expect(events.filter((event) => event.event === "request" && event.status === 401).length).toBe(1_000);
  });

  it("answers a forged head although the body never comes", async () => {
    const { server } = await start();
    const answer = await raw(server.url, [
      `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n`,
      "x-gristmill-key: bot\r\nx-gristmill-signature: 00\r\n\r\n",
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });

  it("refuses another body, path or method than the signed one", async () => {
    const { url, store } = await start();
    const body = bytes([message(1)]);
    const other = bytes([message(2)]);
    expect((await post(url, other, signed(body))).status).toBe(401);
    expect((await post(`${url}?x=1`, body, signed(body))).status).toBe(401);
    const last = url.replace(PATH, "/v1/channels/2/last");
    expect((await fetch(last, { headers: signed(body) })).status).toBe(401);
    expect((await fetch(last, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
    expect(store.batches).toEqual([]);
  });

  it("takes new keys and forgets old ones without a restart, and keeps them when the new ones are bad", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gm-keys-"));
    closing.push(async () => rmSync(folder, { recursive: true }));
    const file = join(folder, "keys");
    const next = "fedcba9876543210fedcba9876543210";
    writeFileSync(file, `# first\nhmac bot ${SECRET}\n`);
    const { server, url, events } = await start({ keys: { file } });
    const body = bytes([message(1)]);
    const status = async (secret: string) => (await post(url, body, signed(body, { secret }))).status;
    expect([await status(SECRET), await status(next)]).toEqual([200, 401]);
    writeFileSync(file, `hmac bot ${next}\n`);
    await server.reloadKeys();
    expect([await status(SECRET), await status(next)]).toEqual([401, 200]);
    writeFileSync(file, "hmac bot short\n");
    await server.reloadKeys();
    expect([await status(SECRET), await status(next)]).toEqual([401, 200]);
    expect(events.at(-3)).toMatchObject({ event: "warning", code: "GM_INGEST_BAD_KEYS" });
    expect(JSON.stringify(events)).not.toMatch(new RegExp(`${SECRET}|${next}|short`));
  });

  it("does not start without keys", async () => {
    await expect(start({ keys: {} })).rejects.toMatchObject({ code: "GM_INGEST_NO_KEYS", kind: "usage" });
    const short = { text: "hmac bot tooshort" };
    await expect(start({ keys: short })).rejects.toMatchObject({ code: "GM_INGEST_BAD_KEYS" });
  });
});

describe("bodies", () => {
  it("that are too large are refused by their head, while they come, and while they are decompressed", async () => {
    const { url, store } = await start({ maxBodyBytes: 100_000 });
    const large = Buffer.alloc(100_001, 0x20);
    const byHead = await post(url, large, signed(large));
    expect([byHead.status, await codeOf(byHead)]).toEqual([413, "GM_INGEST_TOO_LARGE"]);
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    const inflated = await post(url, bomb, { ...signed(bomb), "content-encoding": "gzip" });
    expect([inflated.status, await codeOf(inflated)]).toEqual([413, "GM_INGEST_TOO_LARGE"]);
    const endless = new ReadableStream({ pull: (out) => out.enqueue(Buffer.alloc(50_000, 0x20)) });
    const headers = { ...signed(large) };
    const request = fetch(url, { method: "POST", body: endless, headers, duplex: "half" } as RequestInit);
    expect(
      await request.then(
        ({ status }) => status,
        () => "closed",
      ),
    ).toSatisfy((end) => end === 413 || end === "closed");
    expect(store.batches).toEqual([]);
  });

  it("that are too slow are given up, and their room is given back", async () => {
    const { server } = await start({ bodyTimeoutMs: 400 });
    const body = bytes([message(1)]);
    const head = Object.entries(signed(body)).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = await raw(server.url, [
      `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n${head.join("")}\r\n`,
      Buffer.from(body.subarray(0, 10)).toString(),
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain("GM_INGEST_TOO_SLOW");
    const health = (await (await fetch(`${server.url}/healthz`)).json()) as { buffered_bytes: number };
    expect(health.buffered_bytes).toBe(0);
  });

  it("are refused when all of them together are too much", async () => {
    const { server, url } = await start({ maxBufferedBytes: 1_000 });
    const body = bytes([message(1, "x".repeat(2_000))]);
    const answer = await post(url, body, signed(body));
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({ buffered_bytes: 0 });
  });

  it("of another type or encoding are refused", async () => {
    const { url } = await start();
    const body = bytes([message(1)]);
    expect((await post(url, body, { ...signed(body), "content-type": "text/plain" })).status).toBe(415);
    expect((await post(url, body, { ...signed(body), "content-encoding": "br" })).status).toBe(415);
    expect((await post(url, body, { ...signed(body), "content-encoding": "gzip" })).status).toBe(400);
    const cut = gzipSync(body).subarray(0, 20);
    expect((await post(url, cut, { ...signed(cut), "content-encoding": "gzip" })).status).toBe(400);
  });
});

describe("running", () => {
  it("tells health and metrics, and logs neither text nor secrets", async () => {
    const { server, url, events } = await start();
    const body = bytes([message(1, "a secret word: xyzzy")]);
    await post(url, body, signed(body));
    const bad = bytes([{ content: "xyzzy" }]);
    await post(url, bad, signed(bad));
    expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({ status: "ok", waiting: 0 });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('gristmill_ingest_messages_total{what="inserted"} 1');
    expect(metrics).toContain('gristmill_ingest_requests_total{route="/v1/messages",status="200"} 1');
    expect(metrics).toMatch(/gristmill_ingest_commit_seconds_count 1\n/);
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
    expect(JSON.stringify(events) + metrics).not.toMatch(/xyzzy|0123456789abcdef/);
  });

  it("answers what it has taken before it ends", async () => {
    const { server, url, store } = await start();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    store.gate = () => gate;
    const body = bytes([message(1)]);
    const answer = post(url, body, signed(body));
    await expect.poll(async () => (await fetch(`${server.url}/metrics`)).text()).toContain("waiting_batches 1");
    const closed = server.close();
    open();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(fetch(url)).rejects.toThrow();
    expect(store.messages.size).toBe(1);
  });
});

function flip(headers: Record<string, string>, name: string, alphabet: string): Record<string, string> {
  const value = headers[name] ?? "";
  const at = Math.floor(Math.random() * value.length);
  const others = [...alphabet].filter((letter) => letter !== value[at]);
  const letter = others[Math.floor(Math.random() * others.length)] ?? "";
  return { ...headers, [name]: value.slice(0, at) + letter + value.slice(at + 1) };
}

/** Sends bytes as they are, leaves the connection open, and gives what comes back. */
function raw(url: string, pieces: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
      for (const piece of pieces) socket.write(piece);
    });
    socket.setEncoding("utf8").on("data", (text: string) => {
      resolve(text);
      socket.destroy();
    });
    socket.once("error", reject).once("close", () => resolve(""));
  });
}
