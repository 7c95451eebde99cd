/** Many texts in two buffers, the form in which they cross into the addon. */
export interface PackedTexts {
  /** UTF-8 bytes of all texts, one after the other. */
  data: Uint8Array;
  /** Where each text starts in `data`, and the end of the last: one number more than there are texts. */
  offsets: Uint32Array;
}

const LIMIT = 0xffff_ffff;

/** Most texts of a package. */
const PACKAGE_ROWS = 4096;
/** UTF-16 units from which a package is full. */
const PACKAGE_UNITS = 1 << 18;

/**
 * Packs strings. Lone surrogates become U+FFFD, as everywhere in UTF-8.
 *
 * @throws RangeError beyond 4 GiB of text.
 */
export function pack(texts: readonly string[]): PackedTexts {
  const offsets = new Uint32Array(texts.length + 1);
  // Right for ASCII; grown where it is not.
  let data = Buffer.allocUnsafeSlow(unitsOf(texts));
  let at = 0;
  for (const [row, text] of texts.entries()) {
    if (data.length - at < text.length * 3) {
      const need = at + Buffer.byteLength(text);
      if (need > LIMIT) throw new RangeError("more than 4 GiB of text cannot be packed at once");
      if (need > data.length) {
        const grown = Buffer.allocUnsafeSlow(Math.min(LIMIT, Math.max(need, data.length + (data.length >> 1))));
        data.copy(grown, 0, 0, at);
        data = grown;
      }
    }
    at += data.write(text, at);
    offsets[row + 1] = at;
  }
  return { data: new Uint8Array(data.buffer, 0, at), offsets };
}

/** UTF-16 units of texts together. */
export function unitsOf(texts: readonly string[]): number {
  let units = 0;
  for (const text of texts) units += text.length;
  return units;
}

/**
 * Strings in packages of about 256 KB, for work that begins before all are packed. They share one buffer: a package is
 * only good until the next is asked for.
 */
export function* packages(texts: readonly string[]): Generator<PackedTexts> {
  let data = Buffer.allocUnsafeSlow(0);
  const offsets = new Uint32Array(PACKAGE_ROWS + 1);
  for (let start = 0; start < texts.length; ) {
    let units = 0;
    let end = start;
    for (; end < texts.length && end - start < PACKAGE_ROWS && units < PACKAGE_UNITS; end++) {
      units += texts[end]?.length ?? 0;
    }
    if (data.length < units * 3) data = Buffer.allocUnsafeSlow(units * 3);
    let at = 0;
    for (let row = start; row < end; row++) {
      at += data.write(texts[row] ?? "", at);
      offsets[row - start + 1] = at;
    }
    yield { data: data.subarray(0, at), offsets: offsets.subarray(0, end - start + 1) };
    start = end;
  }
}

/** The texts as strings. */
export function unpack({ data, offsets }: PackedTexts): string[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const texts = new Array<string>(Math.max(0, offsets.length - 1));
  for (let row = 0; row < texts.length; row++) texts[row] = bytes.toString("utf8", offsets[row], offsets[row + 1]);
  return texts;
}
