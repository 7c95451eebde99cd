/** The only way to the addon. Everything else in the package imports from here. */
export * as batch from "./batch.ts";
export { type FaultKind, GristmillError, type NativeFailure, unwrap } from "./failure.ts";
export { type Description, type Figures, native } from "./native.ts";
export { Run } from "./run.ts";
export type * from "./specs.ts";
export { type NativeStore, type NativeStoreSnapshot, nativeStore, type PackedBatch } from "./store.ts";
export {
  type ConvertedTokenizer,
  type CrossedFiles,
  convertTokenizerFiles,
  type DecodeOptions,
  type EncodeOptions,
  type LoadTokenizerOptions,
  type PackedIds,
  type PlacedIds,
  type Texts,
  TOKENIZER_FORMATS,
  Tokenizer,
  type TokenizerFormat,
  type TokenizerInfo,
  TokenStream,
  uncrossed,
} from "./tokenizer.ts";
