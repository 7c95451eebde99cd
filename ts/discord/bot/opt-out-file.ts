import { readFile, stat } from "node:fs/promises";
import { GristmillError } from "../../native/index.ts";

/** The list of those who ask by other ways than a command; it may be written anew while the bot runs. */
export class OptOutFile {
  readonly #path: string;
  #seen = "";

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Ids of the file; `null`: it is as it was at the last call. A file that cannot be read or holds something else
   * fails once, and again only after it has changed.
   */
  async news(): Promise<string[] | null> {
    const state = await stat(this.#path, { bigint: true }).then(
      ({ mtimeNs, size, ino }) => `${mtimeNs} ${size} ${ino}`,
      (error: unknown) => String(error),
    );
    if (state === this.#seen) return null;
    this.#seen = state;
    return idsOf(await readFile(this.#path, "utf8"), this.#path);
  }
}

/** Ids, one a line; `#` begins a remark. */
function idsOf(text: string, path: string): string[] {
  return text.split("\n").flatMap((line, at) => {
    const id = line.replace(/#.*/, "").trim();
    if (id === "") return [];
    if (/^\d{1,20}$/.test(id)) return [id];
    throw new GristmillError(
      "GM_CAPTURE_BAD_LIST",
      "usage",
      `${path}, line ${at + 1}: not the id of a user`,
      "one id a line, e.g. 80351110224678912; # begins a remark",
    );
  });
}
