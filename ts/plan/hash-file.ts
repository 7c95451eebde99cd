import { createHash } from "node:crypto";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { GristmillError } from "../native/index.ts";

const WHOLE = 1024 ** 3;
const END = 64 * 1024 ** 2;
const BLOCK = 4 * 1024 ** 2;

/** What tells a file from another without reading it: place, size and modification time. */
export async function identify(path: string): Promise<{ hash: string; bytes: number }> {
  return readable(path, async (file) => {
    const { size, mtimeMs } = await file.stat();
    return { hash: createHash("sha256").update(`${path} ${size} ${mtimeMs}`).digest("hex"), bytes: size };
  });
}

/** As {@link hashFile}; of a folder, such as one with a tokenizer, that of the names and hashes of its files. */
export async function hashPath(path: string): Promise<{ hash: string; bytes: number }> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
  if (entries === null) return hashFile(path);
  const hash = createHash("sha256");
  let bytes = 0;
  for (const name of entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort()) {
    const file = await hashFile(join(path, name));
    hash.update(`${name}\n${file.hash}\n`);
    bytes += file.bytes;
  }
  return { hash: hash.digest("hex"), bytes };
}

/** sha256 of a file up to 1 GB; of larger ones of size, modification time and the first and last 64 MB. */
export async function hashFile(path: string): Promise<{ hash: string; bytes: number }> {
  return readable(path, async (file) => {
    const { size, mtimeMs } = await file.stat();
    const hash = createHash("sha256");
    const buffer = Buffer.alloc(Math.min(BLOCK, Math.max(size, 1)));
    const add = async (from: number, to: number): Promise<void> => {
      for (let at = from; at < to; ) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - at), at);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
    };
    if (size <= WHOLE) await add(0, size);
    else {
      hash.update(`${size} ${mtimeMs} `);
      await add(0, END);
      await add(size - END, size);
    }
    return { hash: hash.digest("hex"), bytes: size };
  });
}

async function readable<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await open(path);
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new GristmillError("GM_PLAN_UNREADABLE_INPUT", "input", `${path} cannot be read (${code})`, undefined, {
      cause: error,
    });
  }
}
