import { GristmillError } from "../native/failure.ts";
import { EXIT } from "./command.ts";
import type { Output, Piece } from "./output.ts";

/** A mistake on the command line. */
export function usage(message: string, hint?: string): GristmillError {
  return new GristmillError("GM_CLI_USAGE", "usage", message, hint);
}

/** The exit code that belongs to a failure. */
export function exitCode(error: GristmillError): number {
  return EXIT[error.kind];
}

const ERRNO: Readonly<Record<string, [code: string, kind: GristmillError["kind"], hint: string]>> = {
  ENOENT: ["GM_IO_NOT_FOUND", "input", "check the path"],
  EACCES: ["GM_IO_DENIED", "failed", "check the permissions of the file and its folder"],
  EPERM: ["GM_IO_DENIED", "failed", "check the permissions of the file and its folder"],
  EROFS: ["GM_IO_READ_ONLY", "failed", "choose a folder that can be written to with -o"],
  ENOSPC: ["GM_IO_DISK_FULL", "failed", "free some room and run the same command again: it goes on where it stopped"],
  EDQUOT: ["GM_IO_DISK_FULL", "failed", "free some room and run the same command again: it goes on where it stopped"],
  ENOTDIR: ["GM_IO_NOT_A_FOLDER", "usage", "a part of the path is a file, not a folder"],
  EISDIR: ["GM_IO_NOT_A_FILE", "usage", "name a file, not a folder"],
  EMFILE: ["GM_IO_TOO_MANY_FILES", "failed", "raise the limit of open files with `ulimit -n`"],
};

/** Every failure in one form; what is not ours by intent keeps its stack for `-v`. */
export function asFailure(error: unknown): GristmillError {
  if (error instanceof GristmillError) return error;
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const known = ERRNO[error.code];
    if (known !== undefined) return new GristmillError(known[0], known[1], error.message, known[2], { cause: error });
  }
  if (error instanceof Error && isMissingAddon(error)) {
    return new GristmillError(
      "GM_ADDON_MISSING",
      "failed",
      "the native addon is not built for this machine",
      "run `npm run build` in the package's folder; `gristmill doctor` shows what it looks for",
      { cause: error },
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  return new GristmillError(
    "GM_INTERNAL",
    "failed",
    message,
    "this is a fault in gristmill: please report it with -v",
    {
      cause: error,
    },
  );
}

function isMissingAddon(error: Error): boolean {
  const text = `${error.message} ${"code" in error ? String(error.code) : ""}`;
  return /bindings[\\/]index\.js|native binding|\.node\b/.test(text);
}

/** `error[GM_CODE]: what`, the advice, and the stack only where it was asked for. */
export function report(output: Output, error: unknown, debug: boolean): number {
  const failure = asFailure(error);
  const [what = "", ...places] = failure.message.split("\n");
  const lines: Piece[][] = [[{ color: "red", text: `error[${failure.code}]` }, `: ${what}`]];
  for (const place of places) lines.push([`  ${place}`]);
  if (failure.hint !== undefined) lines.push([{ color: "cyan", text: "try" }, `: ${failure.hint}`]);
  if (debug) lines.push([{ color: "dim", text: stack(error) }]);
  for (const line of lines) output.alert(...line);
  if (output.options.json) {
    const { code, kind, message, hint } = failure;
    output.result({ error: { code, kind, message, ...(hint === undefined ? {} : { hint }) } }, () => "");
  }
  return exitCode(failure);
}

function stack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stack(error.cause)}`;
}
