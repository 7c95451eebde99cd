import { GristmillError } from "../native/index.ts";
import { errnoOf } from "./disk.ts";

/** A failed file operation as a failure with a code and advice; everything else as it is. */
export function asFailure(error: unknown, doing: string): unknown {
  const native = error instanceof GristmillError;
  const code = native ? writeErrno(error) : errnoOf(error);
  if (code === null || !(error instanceof Error) || !(native || "syscall" in error)) return error;
  const cause = { cause: error };
  if (code === "ENOSPC" || code === "EDQUOT") {
    const hint = "free some room and run the same command again: what is done is kept";
    return new GristmillError("GM_RUN_DISK_FULL", "failed", `no room left to ${doing} (${code})`, hint, cause);
  }
  if (code === "EROFS" || code === "EACCES" || code === "EPERM") {
    const hint = "choose another folder with -o, or change its permissions";
    return new GristmillError("GM_RUN_READ_ONLY", "failed", `not allowed to ${doing} (${code})`, hint, cause);
  }
  const hint = "check the disk, then run the same command again: what is done is kept";
  return new GristmillError("GM_RUN_IO", "failed", `cannot ${doing}: ${error.message}`, hint, cause);
}

/** Errors of the system that have one meaning wherever they come up, by number where the addon writes. */
const WRITE_ERRNOS: Readonly<Record<string, string>> =
  process.platform === "win32"
    ? { 19: "EROFS", 39: "ENOSPC", 112: "ENOSPC" }
    : { 28: "ENOSPC", 30: "EROFS", [process.platform === "darwin" ? 69 : 122]: "EDQUOT" };

/** What the system said to the addon when it wrote. Trouble with reading is of another kind and stays as it is. */
function writeErrno(error: GristmillError): string | null {
  const number = error.kind === "failed" ? /\(os error (\d+)\)/.exec(error.message)?.[1] : undefined;
  return number === undefined ? null : (WRITE_ERRNOS[number] ?? null);
}

/** Runs file operations; their failures become typed ones. */
export async function guarded<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFailure(error, doing);
  }
}

/** The build was asked to stop. */
export function cancelled(): GristmillError {
  return new GristmillError(
    "GM_RUN_CANCELLED",
    "cancelled",
    "the build was stopped",
    "run the same command again to go on from here",
  );
}
