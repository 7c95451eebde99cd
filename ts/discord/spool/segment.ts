import { crc32 } from "node:zlib";

/**
 * A segment is a file of records that is only ever appended to: eight bytes of magic, then for each record its
 * length, the CRC-32 of what follows, the time it was taken (ms since 1970, as a double) and its text.
 */
export const MAGIC = Buffer.from("GMSPOOL1", "latin1");
const HEAD = 16;

/** Longer records are not written; the largest message of Discord is far below. */
export const MOST_RECORD_BYTES = 1 << 20;

export interface SpoolRecord {
  /** When it was taken. */
  at: number;
  text: string;
  /** Where the next record begins. */
  end: number;
}

/** The bytes of one record. */
export function encodeRecord(at: number, text: string): Buffer {
  const length = Buffer.byteLength(text);
  const record = Buffer.allocUnsafe(HEAD + length);
  record.writeUInt32LE(length, 0);
  record.writeDoubleLE(at, 8);
  record.write(text, HEAD, "utf8");
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  return record;
}

/** `short`: the bytes end before the record does. `damaged`: no record that was written. */
export type Decoded = SpoolRecord | "end" | "short" | "damaged";

/** The record that begins at `start`; `base` is where `bytes` begin in the file. */
export function decodeRecord(bytes: Buffer, start: number, base = 0): Decoded {
  if (start === bytes.length) return "end";
  if (start + HEAD > bytes.length) return "short";
  const length = bytes.readUInt32LE(start);
  if (length === 0 || length > MOST_RECORD_BYTES) return "damaged";
  const end = start + HEAD + length;
  if (end > bytes.length) return "short";
  if (crc32(bytes.subarray(start + 8, end)) !== bytes.readUInt32LE(start + 4)) return "damaged";
  return { at: bytes.readDoubleLE(start + 8), text: bytes.toString("utf8", start + HEAD, end), end: base + end };
}

/** What stands in a whole segment. */
export interface Checked {
  /** Begin and time of the records from `from` on. */
  records: number;
  oldest: number | null;
  /** Where the good records end. */
  end: number;
  /**
   * `torn`: a last write was cut off by a crash; nothing of it was ever promised.
   * `damaged`: records follow that are whole, so that this is no cut-off write.
   */
  state: "whole" | "torn" | "damaged";
}

/** Checks a segment; counts the records from `from` on. */
export function checkSegment(bytes: Buffer, from: number): Checked {
  const result: Checked = { records: 0, oldest: null, end: MAGIC.length, state: "whole" };
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    return { ...result, end: 0, state: bytes.length <= MAGIC.length ? "torn" : "damaged" };
  }
  for (;;) {
    const record = decodeRecord(bytes, result.end);
    if (record === "end") return result;
    if (record === "short" || record === "damaged") {
      return { ...result, state: recordAfter(bytes, result.end + 1) ? "damaged" : "torn" };
    }
    if (result.end >= from) {
      result.records += 1;
      result.oldest ??= record.at;
    }
    result.end = record.end;
  }
}

function recordAfter(bytes: Buffer, from: number): boolean {
  for (let start = from; start + HEAD < bytes.length; start += 1) {
    if (typeof decodeRecord(bytes, start) === "object") return true;
  }
  return false;
}
