/** Waiting between attempts: 1 s doubling to 60 s, with jitter, and what the other side asks for. */
export interface Backoff {
  /** How long to wait before the next attempt, in ms; `asked` is a lower bound that the other side gave. */
  next(asked?: number): number;
  /** After a success. */
  reset(): void;
}

export interface BackoffOptions {
  firstMs?: number;
  mostMs?: number;
  /** A number from 0 to below 1. */
  random?: () => number;
}

/** Half of the wait is fixed, half is random, so that many clients do not come back at one moment. */
export function backoff({ firstMs = 1_000, mostMs = 60_000, random = Math.random }: BackoffOptions = {}): Backoff {
  let wait = firstMs;
  return {
    next(asked = 0) {
      const now = wait / 2 + (wait / 2) * random();
      wait = Math.min(mostMs, wait * 2);
      return Math.max(now, asked);
    },
    reset() {
      wait = firstMs;
    },
  };
}

/** The longest `Retry-After` that is believed. */
const MOST_ASKED_MS = 3_600_000;

/** The `Retry-After` header, seconds or a date, in ms; 0 when it says nothing. */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null || header.trim() === "") return 0;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(MOST_ASKED_MS, Math.max(0, wait)) : 0;
}

/** Waits, or ends early and without failure when the signal fires. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
