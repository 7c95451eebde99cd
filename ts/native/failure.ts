/** What to do about a failure on the command line; decides the exit code. */
export type FaultKind = "failed" | "usage" | "input" | "exists" | "cancelled" | "gate";

/** Every failure the package throws on purpose. Switch on `code`, not on `message`. */
export class GristmillError extends Error {
  override readonly name = "GristmillError";
  /** Stable identifier, `GM_<AREA>_<WHAT>`. */
  readonly code: string;
  readonly kind: FaultKind;
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(code: string, kind: FaultKind, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.kind = kind;
    this.hint = hint;
  }
}

/** How a failure of native code arrives: as data, never as a rejected promise. */
export interface NativeFailure {
  isNativeFailure: true;
  code: string;
  kind: string;
  message: string;
  hint?: string;
}

const KINDS: readonly string[] = ["failed", "usage", "input", "exists", "cancelled"];

/** Throws a native failure, passes everything else on. */
export function unwrap<T>(outcome: T | NativeFailure): T {
  if (isFailure(outcome)) {
    const kind = KINDS.includes(outcome.kind) ? (outcome.kind as FaultKind) : "failed";
    throw new GristmillError(outcome.code, kind, outcome.message, outcome.hint);
  }
  return outcome;
}

function isFailure(value: unknown): value is NativeFailure {
  return typeof value === "object" && value !== null && "isNativeFailure" in value;
}
