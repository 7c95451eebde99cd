import { availableParallelism } from "node:os";
import { usage } from "./fail.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** `4g`, `512m`, `4GiB`, `1.5g`: bytes in powers of 1,024. */
export function parseBytes(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text.trim());
  const unit = UNITS[match?.[2]?.toLowerCase() ?? "none"];
  const value = Number(match?.[1]) * (unit ?? Number.NaN);
  if (!Number.isFinite(value) || value < 1) {
    throw usage(`--${option} ${text}: not a number of bytes`, `write it like --${option} 4g or --${option} 512m`);
  }
  return Math.floor(value);
}

/** `1%`, `0.01`: a share above 0 and at most 1. */
export function parseShare(text: string, option: string): number {
  const match = /^(\d*\.?\d+(?:e-?\d+)?)\s*(%?)$/i.exec(text.trim());
  const value = Number(match?.[1]) / (match?.[2] === "%" ? 100 : 1);
  if (!(value > 0 && value <= 1)) {
    throw usage(`--${option} ${text}: not a share of the rows`, `write it like --${option} 1% or --${option} 0.01`);
  }
  return value;
}

/** A whole number from `least` on. */
export function parseCount(value: number | undefined, option: string, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || value < least) {
    throw usage(`--${option} ${value}: must be a whole number from ${least} on`);
  }
  return value;
}

/** Threads given with `--threads`; a number far above the cores is a typing mistake more often than a wish. */
export function parseThreads(value: number | undefined): number | undefined {
  const threads = parseCount(value, "threads", 1);
  if (threads !== undefined && threads > 1024) {
    throw usage(`--threads ${threads}: at most 1024`, `this machine has ${availableParallelism()} cores`);
  }
  return threads;
}

/** `name=value` pairs of a repeated option; later ones win. */
export function parsePairs(items: readonly string[], option: string): Record<string, string> {
  const pairs: [string, string][] = items.map((item) => {
    const cut = item.indexOf("=");
    if (cut < 1) throw usage(`--${option} ${item}: no value`, `write it like --${option} name=value`);
    return [item.slice(0, cut), item.slice(cut + 1)];
  });
  return Object.fromEntries(pairs);
}
