/** The old programs, one entry each. */
import type { Alias } from "./alias.ts";
import { FILTERS } from "./filters.ts";
import { TOOLBOX } from "./toolbox.ts";

export const ALIASES: readonly Alias[] = [...FILTERS, ...TOOLBOX];

/** The old program of that name; `-` and `_` are the same. */
export function findAlias(name: string): Alias | undefined {
  const plain = name.replaceAll("-", "_");
  return ALIASES.find((alias) => alias.name === plain || alias.also?.includes(plain) === true);
}
