import type { Closable } from "./binding.ts";
import type { NativeFailure } from "./failure.ts";
import type { PackedTexts } from "./packed.ts";

/** The part of the addon behind {@link Tokenizer}. */
export interface TokenizerBinding {
  openTokenizer(path: string, options: string): Promise<NativeTokenizer | NativeFailure>;
  convertTokenizer(path: string, options: string, target: string): Promise<string | NativeFailure>;
}

export interface NativeTokenizer extends Closable {
  describe(): string | NativeFailure;
  encode(data: Uint8Array, offsets: Uint32Array, special: boolean): Promise<PackedIds | NativeFailure>;
  encodeSync(data: Uint8Array, offsets: Uint32Array, special: boolean): PackedIds | NativeFailure;
  count(data: Uint8Array, offsets: Uint32Array, special: boolean): Promise<Uint32Array | NativeFailure>;
  countSync(data: Uint8Array, offsets: Uint32Array, special: boolean): Uint32Array | NativeFailure;
  beginEncode(special: boolean, bytes: number): NativeIntake<PackedIds> | NativeFailure;
  beginCount(special: boolean): NativeIntake<Uint32Array> | NativeFailure;
  locateSync(text: string, special: boolean): PlacedIds | NativeFailure;
  decode(ids: Uint32Array, offsets: Uint32Array, skipSpecial: boolean): Promise<PackedTexts | NativeFailure>;
  decodeSync(ids: Uint32Array, offsets: Uint32Array, skipSpecial: boolean): PackedTexts | NativeFailure;
  stream(skipSpecial: boolean): NativeTokenStream | NativeFailure;
}

/** Texts that come in packages; memory is only borrowed during the call. */
export interface NativeIntake<T> {
  put(data: Uint8Array, offsets: Uint32Array): boolean | NativeFailure;
  finish(): Promise<T | NativeFailure>;
}

export interface NativeTokenStream {
  push(ids: Uint32Array): string | NativeFailure;
  end(): string | NativeFailure;
}

/** Ids of many texts in two buffers. */
export interface PackedIds {
  /** Ids of all texts, one text after the other. */
  ids: Uint32Array;
  /** Where each text starts in `ids`, and the end of the last: one number more than there are texts. */
  offsets: Uint32Array;
}

/** Ids of one text, and the bytes of its UTF-8 that each stands for. */
export interface PlacedIds {
  ids: Uint32Array;
  starts: Uint32Array;
  ends: Uint32Array;
}
