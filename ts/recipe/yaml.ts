import { createRequire } from "node:module";

let loaded: typeof import("yaml") | undefined;

/** The YAML package, loaded when there is YAML to read: a step's own command has none, and is over sooner. */
export function yaml(): typeof import("yaml") {
  loaded ??= createRequire(import.meta.url)("yaml") as typeof import("yaml");
  return loaded;
}
