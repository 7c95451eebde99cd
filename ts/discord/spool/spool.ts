import { type FileHandle, open, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { GristmillError } from "../../native/index.ts";
import { type Disk, realDisk } from "../../run/disk.ts";
import { checkSegment, decodeRecord, encodeRecord, MAGIC, MOST_RECORD_BYTES } from "./segment.ts";

export interface SpoolOptions {
  folder: string;
  /** Most bytes that wait to be sent. */
  limitBytes: number;
  /** A segment is closed once it is larger. Default 4 MB. */
  segmentBytes?: number;
  now?: () => number;
  disk?: Disk;
}

/** A place in the spool: what lies before it has been sent. */
export interface Place {
  segment: number;
  offset: number;
}

export interface SpoolBatch {
  texts: string[];
  /** Where it begins and where the next one does. */
  start: Place;
  end: Place;
}

interface Appended {
  bytes: Buffer[];
  records: number;
  at: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * What has been captured and not yet sent, on disk. Records come back in order, each until it is acknowledged. Only what
 * is synced counts as taken; a sync that failed once ends the spool, since the kernel may have dropped the pages.
 */
export class Spool {
  readonly #folder: string;
  readonly #limit: number;
  readonly #segmentBytes: number;
  readonly #now: () => number;
  readonly #disk: Disk;
  /** Numbers of the segments on disk with their sizes, in order. */
  readonly #sizes = new Map<number, number>();
  #place: Place = { segment: 0, offset: MAGIC.length };
  #file: FileHandle | null = null;
  #active = 0;
  #pending: Appended[] = [];
  #flushing: Promise<void> | null = null;
  /** Cleared in the same turn in which the last group ends, so that no record is left without a flush. */
  #flushes = false;
  #failure: unknown = null;
  #records = 0;
  #oldest: number | null = null;
  #more: (() => void)[] = [];

  private constructor({ folder, limitBytes, segmentBytes = 4 << 20, now = Date.now, disk = realDisk }: SpoolOptions) {
    this.#folder = folder;
    this.#limit = limitBytes;
    this.#segmentBytes = segmentBytes;
    this.#now = now;
    this.#disk = disk;
  }

  static async open(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options);
    await spool.#recover();
    return spool;
  }

  /** Records that wait. */
  get length(): number {
    return this.#records;
  }

  /** Bytes on disk that wait. */
  get bytes(): number {
    let sum = 0;
    for (const [segment, size] of this.#sizes) {
      sum += segment === this.#place.segment ? Math.max(0, size - this.#place.offset) : size;
    }
    return sum;
  }

  get limitBytes(): number {
    return this.#limit;
  }

  /** For how long the oldest record has waited, in ms; 0 when none does. */
  get oldestAge(): number {
    return this.#oldest === null ? 0 : Math.max(0, this.#now() - this.#oldest);
  }

  /** Comes back when the records are on the disk, in the order of the calls. With none: when all before are. */
  append(texts: readonly string[]): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const at = this.#now();
    const bytes = texts.map((text) => encodeRecord(at, text));
    const size = bytes.reduce((sum, { length }) => sum + length, 0);
    if (bytes.some(({ length }) => length > MOST_RECORD_BYTES)) {
      return Promise.reject(new GristmillError("GM_SPOOL_RECORD", "failed", "an event is larger than 1 MB"));
    }
    if (this.bytes + size > this.#limit) return Promise.reject(this.#full());
    return new Promise((resolve, reject) => {
      this.#pending.push({ bytes, records: texts.length, at, resolve, reject });
      if (!this.#flushes) this.#flushing = this.#flush();
    });
  }

  /** The next records to send, at most so many; empty when nothing waits. Gives the same ones until acknowledged. */
  async read(most: number, mostBytes = 4 << 20): Promise<SpoolBatch> {
    const batch: SpoolBatch = { texts: [], start: { ...this.#place }, end: { ...this.#place } };
    let bytes = 0;
    while (batch.texts.length < most && bytes < mostBytes) {
      const { segment, offset } = batch.end;
      const size = this.#sizes.get(segment) ?? 0;
      if (offset >= size) {
        const next = this.#after(segment);
        if (next === undefined) break;
        batch.end = { segment: next, offset: MAGIC.length };
        continue;
      }
      const piece = await this.#bytes(segment, offset, Math.min(size - offset, MOST_RECORD_BYTES + 64));
      let at = 0;
      while (batch.texts.length < most && bytes < mostBytes) {
        const record = decodeRecord(piece, at, offset);
        if (record === "end" || (record === "short" && at > 0)) break;
        if (typeof record !== "object") throw this.#damaged(segment, offset + at);
        at = record.end - offset;
        bytes += record.text.length;
        batch.texts.push(record.text);
        batch.end = { segment, offset: record.end };
      }
    }
    return batch;
  }

  /** What `read` gave is sent and never comes again. */
  async acknowledge(batch: SpoolBatch): Promise<void> {
    this.#place = batch.end;
    this.#records -= batch.texts.length;
    // Without a sync: what is sent twice after a crash is known by its ids.
    const path = join(this.#folder, "sent");
    const { writeFile, rename } = await import("node:fs/promises");
    await writeFile(`${path}.tmp`, JSON.stringify(batch.end));
    await rename(`${path}.tmp`, path);
    for (const segment of [...this.#sizes.keys()].filter((number) => number < batch.end.segment)) {
      await this.#disk.remove(this.#path(segment));
      this.#sizes.delete(segment);
    }
    await this.#lookAtOldest();
  }

  /** Comes back when there is something to read, or the signal fires. */
  async waitForMore(signal: AbortSignal): Promise<void> {
    if (this.#records > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#more.push(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  async close(): Promise<void> {
    await this.#flushing;
    this.#failure ??= new GristmillError("GM_SPOOL_CLOSED", "failed", "the spool is closed");
    await this.#file?.close();
    this.#file = null;
  }

  async #flush(): Promise<void> {
    this.#flushes = true;
    while (this.#pending.length > 0) {
      const group = this.#pending.splice(0);
      try {
        const bytes = group.flatMap((one) => one.bytes);
        if (bytes.length > 0) await this.#write(Buffer.concat(bytes));
      } catch (error) {
        this.#failure = error;
        for (const { reject } of [...group, ...this.#pending.splice(0)]) reject(error);
        break;
      }
      for (const { records, at, resolve } of group) {
        this.#records += records;
        if (records > 0) this.#oldest ??= at;
        resolve();
      }
      if (this.#records > 0) for (const tell of this.#more.splice(0)) tell();
    }
    this.#flushes = false;
  }

  async #write(bytes: Buffer): Promise<void> {
    const size = this.#sizes.get(this.#active) ?? 0;
    if (this.#file === null || size + bytes.length > Math.max(this.#segmentBytes, bytes.length + MAGIC.length)) {
      await this.#begin();
    }
    await this.#file?.appendFile(bytes);
    await this.#file?.datasync();
    this.#sizes.set(this.#active, (this.#sizes.get(this.#active) ?? 0) + bytes.length);
  }

  async #begin(): Promise<void> {
    await this.#file?.close();
    this.#active = Math.max(0, this.#place.segment, ...this.#sizes.keys()) + 1;
    this.#file = await open(this.#path(this.#active), "ax");
    await this.#file.appendFile(MAGIC);
    await this.#file.datasync();
    await this.#disk.syncFolder(this.#folder);
    this.#sizes.set(this.#active, MAGIC.length);
  }

  /** Cuts off what a crash left half written, and counts what waits. */
  async #recover(): Promise<void> {
    await this.#disk.makeFolder(this.#folder);
    const names = (await this.#disk.list(this.#folder)).filter((name) => /^\d{12}\.spool$/.test(name));
    const numbers = names.map((name) => Number.parseInt(name, 10));
    this.#place = { segment: numbers[0] ?? 0, offset: MAGIC.length };
    const sent = parsePlace(await this.#disk.readText(join(this.#folder, "sent")).catch(() => ""));
    if (sent !== null && (numbers.length === 0 || sent.segment >= (numbers[0] ?? 0))) this.#place = sent;
    for (const number of numbers) {
      const path = this.#path(number);
      if (number < this.#place.segment) {
        await this.#disk.remove(path);
        continue;
      }
      const bytes = await readFile(path);
      const from = number === this.#place.segment ? this.#place.offset : 0;
      const { records, oldest, end, state } = checkSegment(bytes, from);
      if (state === "damaged" || (state === "torn" && number !== numbers.at(-1))) throw this.#damaged(number, end);
      if (state === "torn" && end <= MAGIC.length) {
        await this.#disk.remove(path);
        continue;
      }
      if (state === "torn") await truncate(path, end);
      this.#sizes.set(number, end);
      this.#records += records;
      this.#oldest ??= oldest;
    }
  }

  async #lookAtOldest(): Promise<void> {
    if (this.#records === 0) {
      this.#oldest = null;
      return;
    }
    const { segment, offset } = this.#place;
    const at = offset < (this.#sizes.get(segment) ?? 0) ? { segment, offset } : this.#first(segment);
    if (at === null) return;
    this.#oldest = (await this.#bytes(at.segment, at.offset, 16)).readDoubleLE(8);
  }

  #first(segment: number): Place | null {
    const next = this.#after(segment);
    return next === undefined ? null : { segment: next, offset: MAGIC.length };
  }

  #after(segment: number): number | undefined {
    return [...this.#sizes.keys()].find((number) => number > segment);
  }

  async #bytes(segment: number, offset: number, length: number): Promise<Buffer> {
    const file = await open(this.#path(segment), "r");
    try {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  #path(segment: number): string {
    return join(this.#folder, `${String(segment).padStart(12, "0")}.spool`);
  }

  #full(): GristmillError {
    const size = this.#limit < 2 ** 20 ? `${this.#limit} bytes` : `${Math.round(this.#limit / 2 ** 20)} MB`;
    return new GristmillError(
      "GM_SPOOL_FULL",
      "failed",
      `${size} of captured events wait to be sent, which is all the spool may hold`,
      "see why the store or the server takes nothing, then start again: what waits is sent first; --spool-limit allows more",
    );
  }

  #damaged(segment: number, offset: number): GristmillError {
    return new GristmillError(
      "GM_SPOOL_DAMAGED",
      "failed",
      `${this.#path(segment)} is damaged at byte ${offset}`,
      "check the disk; move the spool folder away and start with --history and the date of the damage: Discord is asked again for what it held",
    );
  }
}

function parsePlace(text: string): Place | null {
  try {
    const { segment, offset } = JSON.parse(text) as Partial<Place>;
    return Number.isSafeInteger(segment) && Number.isSafeInteger(offset) ? ({ segment, offset } as Place) : null;
  } catch {
    return null;
  }
}
