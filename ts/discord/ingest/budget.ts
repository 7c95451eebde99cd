import { Refused } from "./refused.ts";

/** Bytes of bodies in memory, of all requests together. A thousand connections may each send 8 MB, but not at once. */
export class Budget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** A share that grows as bytes come and is given back as a whole. */
  share(): Share {
    let taken = 0;
    return {
      take: (bytes) => {
        if (this.#used + bytes > this.limit) {
          throw new Refused(429, "GM_INGEST_BUSY", "too many bytes are under way", { retryAfterS: 1, closes: true });
        }
        this.#used += bytes;
        taken += bytes;
      },
      giveBack: () => {
        this.#used -= taken;
        taken = 0;
      },
    };
  }
}

export interface Share {
  /** Throws {@link Refused} when there is no room. */
  take(bytes: number): void;
  giveBack(): void;
}
