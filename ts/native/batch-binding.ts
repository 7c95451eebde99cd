import type { Closable } from "./binding.ts";
import type { NativeFailure } from "./failure.ts";
import type { PackedTexts } from "./packed.ts";

/** The part of the addon behind the batch functions. */
export interface BatchBinding {
  openCleaner(options: string): NativeCleaner | NativeFailure;
  openScreener(options: string): NativeScreener | NativeFailure;
  openTokenCounter(name: string): Promise<NativeTokenCounter | NativeFailure>;
  hasLexeme(data: Uint8Array, offsets: Uint32Array): Promise<Uint8Array | NativeFailure>;
  hasLexemeSync(data: Uint8Array, offsets: Uint32Array): Uint8Array | NativeFailure;
  filterMessages(columns: PackedColumn[], options: string): Promise<PackedMessages | NativeFailure>;
  buildDialogues(columns: PackedColumn[], options: string): Promise<PackedDialogues | NativeFailure>;
  streamColumns(stream: Uint8Array): Uint8Array | NativeFailure;
}

export interface NativeCleaner extends Closable {
  clean(data: Uint8Array, offsets: Uint32Array): Promise<PackedCleaned | NativeFailure>;
  cleanSync(data: Uint8Array, offsets: Uint32Array): PackedCleaned | NativeFailure;
}

export interface NativeScreener extends Closable {
  scan(data: Uint8Array, offsets: Uint32Array): Promise<PackedHits | NativeFailure>;
  scanSync(data: Uint8Array, offsets: Uint32Array): PackedHits | NativeFailure;
}

export interface NativeTokenCounter extends Closable {
  count(data: Uint8Array, offsets: Uint32Array, special: boolean): Promise<Uint32Array | NativeFailure>;
  countSync(data: Uint8Array, offsets: Uint32Array, special: boolean): Uint32Array | NativeFailure;
}

/** A text column with its name. */
export interface PackedColumn extends PackedTexts {
  name: string;
}

/** Cleaned texts. Rows stay where they are; a dropped one is empty. */
export interface PackedCleaned {
  /** The texts as they are now. */
  texts: PackedTexts;
  /** Per text 0 kept, 1 changed, 2 dropped. */
  verdicts: Uint8Array;
  /** Per text the number of its reason in `reasons`, from 1; 0 for texts that stay. */
  reasonOf: Uint32Array;
  /** Per text the number of its rule in `rules`, from 1; 0 for texts that stay. */
  ruleOf: Uint32Array;
  reasons: string[];
  rules: string[];
}

/** Hits in texts, in order of text and place. */
export interface PackedHits {
  /** Per hit the number of its text. */
  rows: Uint32Array;
  /** Per hit its first byte in the text. */
  starts: Uint32Array;
  /** Per hit the byte after its last. */
  ends: Uint32Array;
  /** Per hit its place in `rules`. */
  ruleOf: Uint32Array;
  rules: { category: string; rule: string; severity: number }[];
}

/** Messages after the filter. */
export interface PackedMessages {
  /** Numbers of the rows that stay, ascending. */
  rows: Uint32Array;
  /** `content` of the rows that stay, without markup. */
  content: PackedTexts;
  /** Per row given the number of its reason in `reasons`, from 1; 0 for rows that stay. */
  reasonOf: Uint32Array;
  /** Reasons that occur; an error code for rows that cannot be read (`GM_CHAT_BAD_ID`, `GM_CHAT_BAD_TIME`). */
  reasons: string[];
}

/** Dialogues, one row each. */
export interface PackedDialogues {
  /** Id of the first message of the tree; from the second dialogue of a tree on with a hyphen and a number. */
  ids: PackedTexts;
  /** The dialogues in ChatML. */
  texts: PackedTexts;
  guildIds: PackedTexts;
  channelIds: PackedTexts;
  assistantTurns: Uint32Array;
  /** Per message given the number of its reason in `reasons`, from 1; 0 for messages that are in a dialogue. */
  reasonOf: Uint32Array;
  reasons: string[];
}
