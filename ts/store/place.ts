import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { GristmillError } from "../native/index.ts";

/** Where a store is. */
export type Place = { kind: "sqlite"; path: string } | { kind: "postgres"; url: string };

/** Reads the place of a store as people write it. */
export function placeOf(place: string): Place {
  if (/^postgres(?:ql)?:\/\//i.test(place)) return { kind: "postgres", url: place };
  if (/^file:\/\//i.test(place)) return { kind: "sqlite", path: fileURLToPath(place) };
  const path = place.replace(/^sqlite:(?:\/\/)?/i, "");
  if (path === "" || /^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    throw new GristmillError(
      "GM_STORE_BAD_PLACE",
      "usage",
      path === "" ? "the place of the message store is empty" : `${withoutPassword(place)} is no message store`,
      "give a file such as ./messages.db, or postgres://user@host/database",
    );
  }
  return { kind: "sqlite", path: resolve(path) };
}

/** A connection URL fit for people's eyes: neither password nor query. */
export function withoutPassword(url: string): string {
  try {
    const { protocol, username, host, pathname } = new URL(url);
    return `${protocol}//${username === "" ? "" : `${username}@`}${host}${pathname}`;
  } catch {
    // What cannot be read may hold a password anywhere.
    return `${/^[a-z0-9+.-]+/i.exec(url)?.[0] ?? ""}://…`;
  }
}
