import type { StoreEvent } from "../../store/index.ts";

/** Slash commands by which members decide for themselves. */
export const COMMANDS = {
  "capture-opt-out": "Keep my messages out of the data set, and erase those already stored",
  "capture-opt-in": "Let my messages from now on be part of the data set again",
} as const;

const ANSWERS = {
  "capture-opt-out": "Your messages are no longer captured, and those already stored are being erased.",
  "capture-opt-in": "Your messages from now on are captured again. Nothing older comes back.",
} as const;

/** Authors whose messages are not taken. */
export class OptOuts {
  readonly #ids: Set<string>;
  readonly #now: () => number;

  constructor(ids: Set<string>, now: () => number) {
    this.#ids = ids;
    this.#now = now;
  }

  has(author: string | null): boolean {
    return author !== null && this.#ids.has(author);
  }

  get size(): number {
    return this.#ids.size;
  }

  /** Remembers authors; the events say it to the store. */
  add(authors: Iterable<string>): StoreEvent[] {
    const at = new Date(this.#now()).toISOString();
    const added = [...new Set(authors)].filter((author) => !this.#ids.has(author));
    for (const author of added) this.#ids.add(author);
    return added.map((author_id) => ({ event: "opt_out", author_id, at }));
  }

  /** Does what a slash command asks for, as of when it was given; `null`: it is none of ours. */
  command(name: string, author: string, at: string): { events: StoreEvent[]; answer: string } | null {
    if (name !== "capture-opt-out" && name !== "capture-opt-in") return null;
    if (name === "capture-opt-out") this.#ids.add(author);
    else this.#ids.delete(author);
    // Said again even when it is known: whoever asks twice wants to be sure.
    const event = name === "capture-opt-out" ? "opt_out" : "opt_in";
    return { events: [{ event, author_id: author, at }], answer: ANSWERS[name] };
  }
}
