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

  /** Throws when hardly anything is left, so that a body need not even be begun. */
  checkRoom(): void {
    if (this.#used > this.limit * 0.9) throw full();
  }

  /** A share that grows as bytes come and is given back as a whole. */
  share(): Share {
    let taken = 0;
    return {
      take: (bytes) => {
        if (this.#used + bytes > this.limit) {
          throw full();
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

function full(): Refused {
  return new Refused(429, "GM_INGEST_BUSY", "too many bytes are under way", { retryAfterS: 1, closes: true });
}
