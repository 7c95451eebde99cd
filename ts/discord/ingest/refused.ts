/** A request that is answered with an error, with what the client is told. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterS: number | undefined;
  /** Reasons by item of the batch. */
  readonly problems: readonly { index: number; message: string }[] | undefined;
  /** The rest of the body is not worth reading: the connection ends after the answer. */
  readonly closes: boolean;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { retryAfterS?: number; problems?: readonly { index: number; message: string }[]; closes?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterS = more.retryAfterS;
    this.problems = more.problems;
    this.closes = more.closes ?? false;
  }
}
