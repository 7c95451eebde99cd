import { GristmillError } from "../native/index.ts";
import { errnoOf } from "./disk.ts";

/** A failed file operation as a failure with a code and advice; everything else as it is. */
export function asFailure(error: unknown, doing: string): unknown {
  if (error instanceof GristmillError) return error;
  const code = errnoOf(error);
  if (code === null || !(error instanceof Error) || !("syscall" in error)) return error;
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
