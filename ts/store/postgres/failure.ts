import { GristmillError } from "../../native/index.ts";

/** Which failure a code of Postgres or of the network means; the longest prefix decides. */
const MEANINGS: readonly (readonly [prefix: string, code: string, kind: "failed" | "input", hint?: string])[] = [
  ["3D000", "GM_STORE_MISSING", "input", "make the database with `createdb`, or correct its name"],
  ["25006", "GM_STORE_READ_ONLY", "failed", "the server is a standby, or the session is read-only"],
  ["42501", "GM_STORE_READ_ONLY", "failed", "the user needs CREATE on the database, and TEMPORARY"],
  ["28", "GM_STORE_UNAVAILABLE", "failed", "check user and password of the connection"],
  ["53100", "GM_STORE_FULL", "failed", "make room on the database server; what was confirmed is safe"],
  ["53", "GM_STORE_UNAVAILABLE", "failed", "the server is short of connections or memory; try again"],
  ["55P03", "GM_STORE_BUSY", "failed", "wait for the other client, or look for one that hangs"],
  ["57014", "GM_STORE_BUSY", "failed", "the statement was cancelled; try again"],
  ["40", "GM_STORE_BUSY", "failed", "nothing was written; try again"],
  ["58030", "GM_STORE_IO", "failed", "look at the server's log; what was confirmed is safe"],
  ["XX001", "GM_STORE_DAMAGED", "input", "restore the database from a copy"],
  ["XX002", "GM_STORE_DAMAGED", "input", "rebuild the index, or restore the database from a copy"],
  ["08", "GM_STORE_UNAVAILABLE", "failed"],
  ["57P", "GM_STORE_UNAVAILABLE", "failed", "the server is stopping or starting; try again"],
  ["E", "GM_STORE_UNAVAILABLE", "failed", "look whether the server runs and the address is right"],
];

/** A failure of the database as one of the package. Passwords never get into it: they are not part of `place`. */
export function storeFailure(place: string, error: unknown): GristmillError {
  if (error instanceof GristmillError) return error;
  const said = codeOf(error);
  const found = MEANINGS.find(([prefix]) => said.startsWith(prefix));
  const lost =
    found === undefined && said === "" && error instanceof Error && /connection|timeout/i.test(error.message);
  const [, code, kind, hint] = found ?? ["", lost ? "GM_STORE_UNAVAILABLE" : "GM_STORE_FAILED", "failed" as const];
  const why = error instanceof Error && error.message !== "" ? error.message : said;
  return new GristmillError(code, kind, `the message store ${place}: ${why}${said === "" ? "" : ` (${said})`}`, hint, {
    cause: error,
  });
}

/** The code of Postgres (SQLSTATE) or of the system. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
