import { GristmillError } from "../../native/index.ts";
import type { Applied, ApplyOptions, EventBatch, EventProblem, MessageStore, StoreEvent } from "../../store/index.ts";

/** A store without a disk, for tests of what stands before it. */
export class MemoryStore {
  readonly kind = "sqlite";
  readonly place = "memory";
  readonly messages = new Map<string, string>();
  readonly batches: StoreEvent[][] = [];
  readonly #keys = new Map<string, { text: string; applied: Applied }>();
  /** Awaited before each transaction. */
  gate: () => Promise<void> = async () => undefined;

  async apply(events: EventBatch, { key }: ApplyOptions = {}): Promise<Applied> {
    await this.gate();
    const problems = await this.problems(events);
    if (problems.length > 0) throw new GristmillError("GM_STORE_BAD_EVENT", "usage", problems[0]?.message ?? "");
    const list = parse(events);
    const text = JSON.stringify(list);
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined && known.text !== text) throw new GristmillError("GM_STORE_KEY_REUSED", "usage", "reused");
    if (known !== undefined) return { ...known.applied, replayed: true };
    const applied = { inserted: 0, updated: 0, deleted: 0, ignored: 0, erased: 0, replayed: false };
    for (const event of list) {
      if (event.event !== "message") continue;
      const old = this.messages.get(event.message_id);
      if (old === undefined) applied.inserted += 1;
      else if (old === event.content) applied.ignored += 1;
      else applied.updated += 1;
      this.messages.set(event.message_id, event.content ?? "");
    }
    this.batches.push(list);
    if (key !== undefined) this.#keys.set(key, { text, applied });
    return applied;
  }

  async problems(events: EventBatch): Promise<EventProblem[]> {
    let list: StoreEvent[];
    try {
      list = parse(events);
    } catch {
      return [{ index: 0, message: "not a JSON array" }];
    }
    return list.flatMap((event, index) =>
      typeof (event as { event?: unknown }).event === "string" ? [] : [{ index, message: "no event" }],
    );
  }

  async lastMessageId(): Promise<string | null> {
    return [...this.messages.keys()].at(-1) ?? null;
  }

  async ping(): Promise<void> {
    await this.gate();
  }

  /** As the interface; what is missing is never called. */
  whole(): MessageStore {
    return this as unknown as MessageStore;
  }
}

function parse(events: EventBatch): StoreEvent[] {
  if (!(events instanceof Uint8Array)) return [...events];
  const value: unknown = JSON.parse(Buffer.from(events).toString("utf8"));
  if (!Array.isArray(value)) throw new Error("not an array");
  return value as StoreEvent[];
}
