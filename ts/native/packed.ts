/** Many texts in two buffers, the form in which they cross into the addon. */
export interface PackedTexts {
  /** UTF-8 bytes of all texts, one after the other. */
  data: Uint8Array;
  /** Where each text starts in `data`, and the end of the last: one number more than there are texts. */
  offsets: Uint32Array;
}

const LIMIT = 0xffff_ffff;

/**
 * Packs strings. Lone surrogates become U+FFFD, as everywhere in UTF-8.
 *
 * @throws RangeError beyond 4 GiB of text.
 */
export function pack(texts: readonly string[]): PackedTexts {
  const encoder = new TextEncoder();
  const offsets = new Uint32Array(texts.length + 1);
  // Right for ASCII; grown where it is not.
  let data = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
  let at = 0;
  for (const [row, text] of texts.entries()) {
    if (data.length - at < text.length * 3) {
      const need = at + Buffer.byteLength(text);
      if (need > LIMIT) throw new RangeError("more than 4 GiB of text cannot be packed at once");
      if (need > data.length) {
        const grown = new Uint8Array(Math.min(LIMIT, Math.max(need, data.length + (data.length >> 1))));
        grown.set(data.subarray(0, at));
        data = grown;
      }
    }
    at += encoder.encodeInto(text, data.subarray(at)).written;
    offsets[row + 1] = at;
  }
  return { data: data.subarray(0, at), offsets };
}

/** The texts as strings. */
export function unpack({ data, offsets }: PackedTexts): string[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const texts = new Array<string>(Math.max(0, offsets.length - 1));
  for (let row = 0; row < texts.length; row++) texts[row] = bytes.toString("utf8", offsets[row], offsets[row + 1]);
  return texts;
}
