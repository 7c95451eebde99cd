/** Discord counts time from here, in ms since 1970. */
const EPOCH = 1_420_070_400_000n;

/** The moment an id was made, in ms since 1970. */
export function timeOf(id: string): number {
  return Number((BigInt(id) >> 22n) + EPOCH);
}

/** The least id of that moment. */
export function idAt(ms: number): string {
  const since = BigInt(Math.floor(ms)) - EPOCH;
  return (since > 0n ? since << 22n : 0n).toString();
}

/** UTC, ISO 8601 with milliseconds, as the id tells it. */
export function timestampOf(id: string): string {
  return new Date(timeOf(id)).toISOString();
}

/** The greater of two ids. */
export function later(a: string, b: string): string {
  return BigInt(a) >= BigInt(b) ? a : b;
}

/** The id so many ms before another. */
export function earlier(id: string, ms: number): string {
  return idAt(Math.max(Number(EPOCH), timeOf(id) - ms));
}

/** The id just before. */
export function before(id: string): string {
  const number = BigInt(id);
  return (number > 0n ? number - 1n : 0n).toString();
}
