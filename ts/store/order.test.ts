import { afterAll, describe, expect, it } from "vitest";
import { type MessageStore, openStore, type StoreEvent } from "./index.ts";
import { storeKinds } from "./test/stores.ts";

/** Lists of events tried. More by hand: `GRISTMILL_TEST_CASES=500`. */
const CASES = Number(process.env.GRISTMILL_TEST_CASES ?? 6);

/** Numbers below `n`, the same for the same seed (xorshift). */
function numbers(seed: number): (n: number) => number {
  let state = seed * 2_654_435_769 + 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

/** Few messages, channels and authors, so that events meet. */
function events(pick: (n: number) => number): StoreEvent[] {
  const idOf = (n: number): string => String(115806830592000000n + BigInt(n) * 1000000000000n);
  const id = (): string => idOf(pick(8));
  const time = (): string => `2021-01-01T00:00:0${pick(5)}.000Z`;
  return Array.from({ length: 5 + pick(60) }, (): StoreEvent => {
    const maybe = <T>(value: T): T | null => (pick(3) === 0 ? null : value);
    // A message has one author; sources may not know him.
    const number = pick(8);
    const [message_id, author_id] = [idOf(number), String(1 + (number % 4))];
    switch (pick(10)) {
      case 0:
        return { event: "delete", message_ids: [id(), id()], channel_id: maybe(String(1 + pick(2))) };
      case 1:
        return pick(3) === 0
          ? { event: "opt_out", author_id, at: time() }
          : {
              event: "channel",
              channel_id: String(1 + pick(2)),
              guild_id: "1",
              name: maybe(`n${pick(3)}`),
              seen: time(),
            };
      case 2:
      case 3:
        return { event: "edit", message_id, author_id: maybe(author_id), content: `e${pick(3)}`, edited: time() };
      default:
        return {
          event: "message",
          message_id,
          message_reference_message_id: maybe(id()),
          guild_id: maybe("1"),
          channel_id: String(1 + pick(2)),
          author_id: maybe(author_id),
          author_bot: maybe(pick(2) === 0),
          content: maybe(["", "ä", "z", "Z", "\u0000"][pick(5)] ?? ""),
          edited: maybe(time()),
        };
    }
  });
}

/** The same events in another order, some of them several times, in batches. */
function reordered(list: readonly StoreEvent[], pick: (n: number) => number): StoreEvent[][] {
  const more = [...list, ...list.filter(() => pick(4) === 0)];
  const sorted = more.map((event) => ({ event, at: pick(1 << 20) })).sort((a, b) => a.at - b.at);
  const batches: StoreEvent[][] = [[]];
  for (const { event } of sorted) {
    if (pick(6) === 0) batches.push([]);
    batches.at(-1)?.push(event);
  }
  return batches;
}

async function outcome(store: MessageStore, batches: readonly StoreEvent[][]): Promise<unknown> {
  for (const batch of batches) {
    const { inserted, updated, deleted, ignored } = await store.apply(batch);
    const told = batch.map((event) =>
      event.event === "delete" ? event.message_ids.length : Number(["message", "edit"].includes(event.event)),
    );
    expect(inserted + updated + deleted + ignored).toBe(told.reduce((sum, n) => sum + n, 0));
  }
  return { messages: await store.messages({}), channels: await store.channels(), counts: await store.counts() };
}

describe("the same events in any order, any of them several times", () => {
  const kinds = storeKinds();
  const wanted = new Map<number, unknown>();
  const open: MessageStore[] = [];
  afterAll(async () => {
    for (const store of open) await store.close();
  });

  it.each(kinds)("leave the same messages in $name, which are those of the other store", async (kind) => {
    for (let seed = 1; seed <= CASES; seed++) {
      const list = events(numbers(seed));
      const store = await openStore(await kind.place());
      open.push(store);
      const batches = kind.name === "sqlite" ? [list] : reordered(list, numbers(seed + 1000));
      const got = await outcome(store, batches);
      if (kind.name === "sqlite") {
        wanted.set(seed, got);
        const other = await openStore(await kind.place());
        open.push(other);
        expect(await outcome(other, reordered(list, numbers(seed + 2000))), `seed ${seed}`).toEqual(got);
      } else expect(got, `seed ${seed}`).toEqual(wanted.get(seed));
      await store.close();
    }
  });
});
