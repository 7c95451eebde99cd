import { readFile } from "node:fs/promises";
import { GristmillError } from "../native/index.ts";

/** A key of the ingest server: `hmac` signs each request, `bearer` is sent along as it is. */
export interface IngestKey {
  kind: "hmac" | "bearer";
  id: string;
  secret: string;
}

/** Shorter secrets can be guessed. */
const SHORTEST_SECRET = 16;
const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Where keys come from. Secrets are never options of a command: those are seen by every user of the machine. */
export interface KeySource {
  /** A file with one key a line. */
  file?: string;
  /** The same lines, parted by line ends or semicolons, from the environment. */
  text?: string;
}

export const KEYS_VARIABLE = "GRISTMILL_INGEST_KEYS";
const FORM = "one key a line: `hmac ID SECRET` or `bearer ID SECRET`, the secret of 16 characters or more";

/** Reads and checks keys; no message of a failure holds a secret. */
export async function readKeys({ file, text }: KeySource): Promise<IngestKey[]> {
  const keys = [
    ...parseKeys(text ?? "", `$${KEYS_VARIABLE}`),
    ...(file === undefined ? [] : parseKeys(await readKeyFile(file), file)),
  ];
  if (keys.length === 0) {
    throw new GristmillError(
      "GM_INGEST_NO_KEYS",
      "usage",
      "there is no key, and nothing is taken or sent without one",
      `make one, e.g. echo "hmac bot $(openssl rand -hex 32)" > keys && chmod 600 keys, and name it with --keys keys; or set ${KEYS_VARIABLE}`,
    );
  }
  const ids = new Set<string>();
  for (const { kind, id } of keys) {
    if (ids.has(`${kind} ${id}`)) throw bad(`${kind} ${id} stands twice`);
    ids.add(`${kind} ${id}`);
  }
  return keys;
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new GristmillError(
      "GM_INGEST_KEYS_UNREADABLE",
      "input",
      `the keys ${file} cannot be read: ${why}`,
      "check the path and its permissions",
      { cause: error },
    );
  }
}

/** Keys of a text; empty lines and lines that begin with `#` say nothing. */
export function parseKeys(text: string, place: string): IngestKey[] {
  return text.split(/[\n;]/).flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    const [kind = "", id = "", secret = ""] = words;
    if (kind === "" || kind.startsWith("#")) return [];
    const where = `${place}, line ${index + 1}`;
    if (kind !== "hmac" && kind !== "bearer") throw bad(`${where} begins with neither hmac nor bearer`);
    if (words.length !== 3) throw bad(`${where} has ${words.length} words, not 3`);
    if (!KEY_ID.test(id)) throw bad(`${where}: an id has up to 64 letters, digits, dots, dashes and underscores`);
    if (secret.length < SHORTEST_SECRET) throw bad(`${where}: the secret has fewer than ${SHORTEST_SECRET} characters`);
    return [{ kind, id, secret }];
  });
}

function bad(message: string): GristmillError {
  return new GristmillError("GM_INGEST_BAD_KEYS", "usage", message, FORM);
}
