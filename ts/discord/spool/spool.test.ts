import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Spool } from "./spool.ts";

const folders: string[] = [];
/** Also those left open as by a crash: the files of a real one would be closed by the system. */
const spools: Spool[] = [];
afterEach(async () => {
  for (const spool of spools.splice(0)) await spool.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function fresh(): string {
  const folder = mkdtempSync(join(tmpdir(), "gm-spool-"));
  folders.push(folder);
  return folder;
}

async function open(
  folder: string,
  more: { limitBytes?: number; segmentBytes?: number; now?: () => number } = {},
): Promise<Spool> {
  const spool = await Spool.open({ folder, limitBytes: 1 << 20, segmentBytes: 256, ...more });
  spools.push(spool);
  return spool;
}

const segments = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".spool"));
const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `{"n":${from + i}}`);

async function all(spool: Spool, most = 7): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const batch = await spool.read(most);
    if (batch.texts.length === 0) return found;
    found.push(...batch.texts);
    await spool.acknowledge(batch);
  }
}

describe("the spool", () => {
  it("gives records back in order, over segments, and frees what is sent", async () => {
    const folder = fresh();
    const spool = await open(folder);
    await Promise.all([spool.append(texts(0, 10)), spool.append(texts(10, 11)), spool.append([])]);
    for (let i = 11; i < 60; i += 1) await spool.append(texts(i, i + 1));
    expect(spool.length).toBe(60);
    expect(segments(folder).length).toBeGreaterThan(4);
    expect(await all(spool)).toEqual(texts(0, 60));
    expect([spool.length, spool.bytes, segments(folder).length]).toEqual([0, 0, 1]);
    await spool.append(texts(60, 61));
    expect(await all(spool)).toEqual(texts(60, 61));
    await spool.close();
  });

  it("gives the same records until they are acknowledged, also after a restart", async () => {
    const folder = fresh();
    const first = await open(folder);
    await first.append(texts(0, 30));
    const batch = await first.read(10);
    expect((await first.read(10)).texts).toEqual(batch.texts);
    await first.acknowledge(batch);
    // No close: a crash has none.
    const second = await open(folder);
    expect(second.length).toBe(20);
    await second.append(texts(30, 40));
    expect(await all(second)).toEqual(texts(10, 40));
  });

  it("goes on after a crash in the middle of a write, at every byte", async () => {
    const whole = fresh();
    const spool = await open(whole, { segmentBytes: 1 << 20 });
    await spool.append(texts(0, 3));
    await spool.close();
    const [name = ""] = segments(whole);
    const bytes = readFileSync(join(whole, name));
    const record = (bytes.length - 8) / 3;
    for (let cut = 0; cut < bytes.length; cut += 1) {
      const folder = fresh();
      writeFileSync(join(folder, name), bytes.subarray(0, cut));
      const after = await open(folder);
      await after.append(texts(7, 8));
      const kept = Math.max(0, Math.floor((cut - 8) / record));
      expect(await all(after), `cut at ${cut}`).toEqual([...texts(0, kept), ...texts(7, 8)]);
      await after.close();
    }
  });

  it("notices every flipped bit that is not in a cut-off end", async () => {
    const whole = fresh();
    const spool = await open(whole, { segmentBytes: 1 << 20 });
    await spool.append(texts(0, 3));
    await spool.close();
    const [name = ""] = segments(whole);
    const bytes = readFileSync(join(whole, name));
    const last = 8 + ((bytes.length - 8) / 3) * 2;
    for (let bit = 0; bit < last * 8; bit += 1) {
      const folder = fresh();
      const bad = Buffer.from(bytes);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(join(folder, name), bad);
      await expect(open(folder), `bit ${bit}`).rejects.toMatchObject({ code: "GM_SPOOL_DAMAGED" });
    }
  });

  it("refuses damage in a segment that is not the last", async () => {
    const folder = fresh();
    const spool = await open(folder, { segmentBytes: 64 });
    for (let i = 0; i < 9; i += 1) await spool.append(texts(i, i + 1));
    await spool.close();
    appendFileSync(join(folder, segments(folder)[0] ?? ""), "x");
    await expect(open(folder)).rejects.toMatchObject({ code: "GM_SPOOL_DAMAGED" });
  });

  it("takes nothing more when it is full, and everything again once it has been emptied", async () => {
    const folder = fresh();
    const spool = await open(folder, { limitBytes: 1_000 });
    let taken = 0;
    await expect(
      (async () => {
        for (;;) {
          await spool.append(texts(taken, taken + 1));
          taken += 1;
        }
      })(),
    ).rejects.toMatchObject({ code: "GM_SPOOL_FULL" });
    expect(taken).toBeGreaterThan(20);
    expect(await all(spool)).toEqual(texts(0, taken));
    await spool.append(texts(0, 5));
    expect(await all(spool)).toEqual(texts(0, 5));
  });

  it("tells how long the oldest record has waited", async () => {
    let now = 1_000;
    const spool = await open(fresh(), { now: () => now });
    expect(spool.oldestAge).toBe(0);
    await spool.append(texts(0, 1));
    now = 3_000;
    await spool.append(texts(1, 2));
    now = 4_000;
    expect(spool.oldestAge).toBe(3_000);
    await spool.acknowledge(await spool.read(1));
    expect(spool.oldestAge).toBe(1_000);
    await spool.acknowledge(await spool.read(1));
    expect(spool.oldestAge).toBe(0);
  });
});
