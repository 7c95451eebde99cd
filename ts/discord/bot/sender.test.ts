import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { backoff, retryAfterMs } from "../backoff.ts";
import { Spool } from "../spool/spool.ts";
import { Sender } from "./sender.ts";
import type { Delivery, Target } from "./target.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setUp(answer: (numbers: number[], key: string) => Delivery) {
  const folder = mkdtempSync(join(tmpdir(), "gm-sender-"));
  closing.push(async () => rmSync(folder, { recursive: true }));
  const spool = await Spool.open({ folder, limitBytes: 1 << 20 });
  closing.push(() => spool.close());
  const asked: { numbers: number[]; key: string }[] = [];
  const target: Target = {
    place: "test",
    async send(body, key) {
      const numbers = (JSON.parse(body.toString("utf8")) as { n: number }[]).map(({ n }) => n);
      asked.push({ numbers, key });
      return answer(numbers, key);
    },
    lastMessageId: async () => null,
    optedOut: async () => [],
    close: async () => undefined,
  };
  const retries: number[] = [];
  const sender = new Sender({
    spool,
    target,
    folder,
    batchEvents: 3,
    batchMs: 0,
    random: () => 0,
    onRetry: (_, wait) => retries.push(wait),
  });
  await spool.append([1, 2, 3, 4, 5].map((n) => JSON.stringify({ n })));
  const run = async (until: () => boolean): Promise<void> => {
    const stop = new AbortController();
    const running = sender.run(stop.signal);
    await expect.poll(until, { timeout: 10_000, interval: 5 }).toBe(true);
    stop.abort();
    await running;
  };
  return { folder, spool, sender, asked, retries, run };
}

describe("the sender", () => {
  it("sends in order, and a batch that is not taken again with the same key before any other", async () => {
    let refusals = 2;
    const { asked, spool, retries, run } = await setUp(() => {
      refusals -= 1;
      return refusals >= 0 ? { done: false, retry: true, why: "HTTP 503", afterMs: 0 } : { done: true };
    });
    await run(() => spool.length === 0);
    expect(asked.map(({ numbers }) => numbers)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
      [4, 5],
    ]);
    expect(new Set(asked.map(({ key }) => key)).size).toBe(2);
    expect(retries).toEqual([500, 1_000]);
  });

  it("keeps what is never taken with its reason, and sends the others of the batch", async () => {
    const { asked, spool, folder, sender, run } = await setUp((numbers) =>
      numbers.includes(2)
        ? { done: false, retry: false, problems: [{ index: numbers.indexOf(2), message: "no such channel" }] }
        : { done: true },
    );
    await run(() => spool.length === 0);
    expect(asked.map(({ numbers }) => numbers)).toEqual([
      [1, 2, 3],
      [1, 3],
      [4, 5],
    ]);
    const kept = readFileSync(join(folder, "rejected.jsonl"), "utf8");
    expect(kept).toBe(`${JSON.stringify({ reason: "no such channel", event: { n: 2 } })}\n`);
    expect([sender.sent, sender.rejected]).toEqual([4, 1]);
  });

  it("stops without losing what it could not send", async () => {
    const { spool, asked, run } = await setUp(() => ({ done: false, retry: true, why: "ECONNREFUSED", afterMs: 0 }));
    await run(() => asked.length > 0);
    expect(spool.length).toBe(5);
  });
});

describe("waiting", () => {
  it("doubles from one second to sixty, half of it by chance, and never undercuts what is asked for", () => {
    const least = backoff({ random: () => 0 });
    expect(Array.from({ length: 8 }, () => least.next())).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    const most = backoff({ random: () => 1 });
    expect(Array.from({ length: 8 }, () => most.next())).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
    most.reset();
    expect([most.next(), most.next(7_000)]).toEqual([1_000, 7_000]);
  });

  it("reads Retry-After as seconds and as a date", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const read = (header: string | null) => retryAfterMs(header, now);
    expect([read("3"), read("0.5"), read("Thu, 01 Jan 2026 00:00:09 GMT")]).toEqual([3_000, 500, 9_000]);
    expect([read(null), read(""), read("soon"), read("-4"), read("1e9")]).toEqual([0, 0, 0, 0, 3_600_000]);
  });
});
