import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import type { Share } from "./budget.ts";
import { Refused } from "./refused.ts";

export interface BodyLimits {
  /** Bytes, as sent and also decompressed. */
  maxBytes: number;
  /** The whole body must be there after so long. */
  totalMs: number;
  /** The next piece must come within. */
  idleMs: number;
}

/** Refuses by the head of a request what its body would be refused for. */
export function checkBodyHead(request: IncomingMessage, { maxBytes }: BodyLimits): "gzip" | "identity" {
  const length = request.headers["content-length"];
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge(maxBytes);
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new Refused(415, "GM_INGEST_BAD_TYPE", "the body must be application/json");
  }
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "gzip" || encoding === "identity") return encoding;
  throw new Refused(415, "GM_INGEST_BAD_ENCODING", "the body may be compressed with gzip or not at all");
}

/** Reads a body as sent, within limits of size and time, and compares its hash with the signed one. */
export async function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  share: Share,
  wantedHash: string | null,
): Promise<Buffer> {
  const hash = createHash("sha256");
  const pieces: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    const stop = (error?: Error): void => {
      clearTimeout(total);
      clearTimeout(idle);
      request.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
      if (error === undefined) resolve();
      else {
        request.pause();
        reject(error);
      }
    };
    const slow = (): void =>
      stop(new Refused(408, "GM_INGEST_TOO_SLOW", "the body did not come in time", { closes: true }));
    const onData = (piece: Buffer): void => {
      idle.refresh();
      bytes += piece.length;
      try {
        if (bytes > limits.maxBytes) throw tooLarge(limits.maxBytes);
        share.take(piece.length);
        hash.update(piece);
        pieces.push(piece);
      } catch (error) {
        stop(error as Error);
      }
    };
    const onEnd = (): void => stop();
    const onError = (error: Error): void => stop(error);
    const onClose = (): void => stop(new Refused(400, "GM_INGEST_CUT_OFF", "the body is cut off", { closes: true }));
    const total = setTimeout(slow, limits.totalMs);
    const idle = setTimeout(slow, limits.idleMs);
    request.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  });
  if (wantedHash !== null && hash.digest("hex") !== wantedHash) {
    throw new Refused(401, "GM_INGEST_UNAUTHORIZED", "not authorised");
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, bytes);
}

/** Decompresses piece by piece, so that a bomb is noticed at the limit and not after it. */
export async function inflate(body: Buffer, { maxBytes }: BodyLimits, share: Share): Promise<Buffer> {
  const stream = createGunzip();
  stream.end(body);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      share.take(piece.length);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(400, "GM_INGEST_BAD_ENCODING", "the body is not the gzip it says it is");
  } finally {
    stream.destroy();
  }
  return Buffer.concat(pieces, bytes);
}

function tooLarge(maxBytes: number): Refused {
  return new Refused(413, "GM_INGEST_TOO_LARGE", `a body may have ${maxBytes} bytes, also after decompression`, {
    closes: true,
  });
}
