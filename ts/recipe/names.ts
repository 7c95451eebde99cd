/** `nearDedup` -> `near_dedup`, `near-dedup` -> `near_dedup`. */
export function toSnakeCase(name: string): string {
  return name
    .replaceAll("-", "_")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** `near_dedup` -> `nearDedup`. */
export function toCamelCase(name: string): string {
  return name.replace(/[-_]+([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The object with its own keys in `snake_case`; values are left alone. */
export function snakeKeys(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [toSnakeCase(key), value]));
}
