/** Numbers as people read them, the same on every machine whatever its locale. */

/** `1234567` -> `1,234,567`. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `1234567` -> `1.2 M`; small numbers as they are. */
export function compact(value: number): string {
  if (value < 10_000) return grouped(value);
  return scaled(value, 1000, ["k", "M", "G", "T"]);
}

/** Bytes with a decimal unit: `2.1 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  return scaled(value, 1000, ["kB", "MB", "GB", "TB"]);
}

/** `0.053` -> `5 %`; one digit below 1 %, and never 0 for something that is there. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  const share = (100 * part) / whole;
  if (share >= 1) return `${Math.round(share)} %`;
  return share < 0.1 ? "<0.1 %" : `${share.toFixed(1)} %`;
}

/** One digit behind the point; a figure that no row defines is a dash. */
export function fixed(value: number | null): string {
  return value === null ? "-" : value.toFixed(1);
}

/** `83.2` -> `1 min 23 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Entries of a count table, the largest first; equal ones by name, so that the order never depends on the run. */
export function ranked(counts: Readonly<Record<string, number>>): [name: string, n: number][] {
  return Object.entries(counts).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

/** All rows a table of reasons stands for. */
export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, n) => total + n, 0);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let size = value / base;
  let unit = 0;
  // 999.95 would be printed as 1000.0 of the smaller unit.
  while (size >= base - 0.05 && unit < units.length - 1) {
    size /= base;
    unit += 1;
  }
  return `${size.toFixed(1)} ${units[unit]}`;
}
