import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Headers of a signed request, in lower case as Node gives them. */
export const HEADERS = {
  key: "x-gristmill-key",
  timestamp: "x-gristmill-timestamp",
  bodyHash: "x-gristmill-content-sha256",
  signature: "x-gristmill-signature",
  idempotency: "idempotency-key",
} as const;

/** What a signature covers. The hash of the body is part of it, so that a request can be refused before its body comes. */
export interface Signed {
  method: string;
  /** With the query, as sent. */
  path: string;
  /** Seconds since 1970, as sent. */
  timestamp: string;
  /** Empty where there is none. */
  idempotencyKey: string;
  /** SHA-256 of the body as sent, compressed or not, in lower-case hex. */
  bodyHash: string;
}

/** The signature in lower-case hex. */
export function sign(secret: string, { method, path, timestamp, idempotencyKey, bodyHash }: Signed): string {
  const text = ["GRISTMILL-HMAC-SHA256", method, path, timestamp, idempotencyKey, bodyHash].join("\n");
  return createHmac("sha256", secret).update(text).digest("hex");
}

/** SHA-256 in lower-case hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Whether two texts are equal, in a time that does not tell how much of them is. */
export function equalSecrets(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}

/** Headers that authenticate a request with an HMAC key. */
export function signedHeaders(
  key: { id: string; secret: string },
  request: { method: string; path: string; body: Uint8Array; idempotencyKey: string; now: number },
): Record<string, string> {
  const timestamp = Math.floor(request.now / 1_000).toString();
  const { method, path, idempotencyKey } = request;
  const bodyHash = sha256(request.body);
  return {
    [HEADERS.key]: key.id,
    [HEADERS.timestamp]: timestamp,
    [HEADERS.bodyHash]: bodyHash,
    [HEADERS.signature]: sign(key.secret, { method, path, timestamp, idempotencyKey, bodyHash }),
    ...(idempotencyKey === "" ? {} : { [HEADERS.idempotency]: idempotencyKey }),
  };
}
