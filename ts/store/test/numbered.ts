import type { MessageEvent, MessageStore } from "../index.ts";

/** Messages of a batch. */
export const BATCH = 25;

/** The id of a message by its number. */
function idOf(number: number): string {
  return (((BigInt(Date.UTC(2020, 0, 1)) - 1420070400000n + BigInt(number)) << 22n) | 1n).toString();
}

/** The batch of that number: messages that no other batch has. */
export function batchOf(number: number): MessageEvent[] {
  return Array.from({ length: BATCH }, (_, i) => ({
    event: "message",
    message_id: idOf(number * BATCH + i),
    guild_id: "1",
    channel_id: String(2 + (number % 3)),
    author_id: "3",
    author_bot: false,
    content: `message ${i} of batch ${number}`,
  }));
}

/** Whether the store holds whole batches only, and each of those acknowledged; gives how many it holds. */
export async function checkBatches(store: MessageStore, acknowledged: Iterable<number>): Promise<number> {
  const held = new Map<number, number>();
  for (let after: string | undefined; ; ) {
    const page = await store.messages(after === undefined ? {} : { after });
    for (const { content } of page) {
      const batch = Number(/of batch (\d+)$/.exec(content ?? "")?.[1]);
      held.set(batch, (held.get(batch) ?? 0) + 1);
    }
    after = page.at(-1)?.message_id;
    if (after === undefined) break;
  }
  const torn = [...held].filter(([, messages]) => messages !== BATCH).map(([number]) => number);
  const lost = [...acknowledged].filter((number) => !held.has(number));
  if (torn.length > 0 || lost.length > 0) {
    throw new Error(`batches torn: ${torn.join(", ") || "none"}; acknowledged but lost: ${lost.join(", ") || "none"}`);
  }
  return held.size;
}
