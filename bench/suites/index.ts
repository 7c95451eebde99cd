import type { Suite } from "../suite.ts";
import { ENCODE_BPE, trainBpe } from "./bpe.ts";
import { suite as buildDialogues } from "./build-dialogues.ts";
import { suite as cleanChain } from "./clean-chain.ts";
import { cleanPacked, cleanStrings } from "./clean-texts.ts";
import { decontaminateCode, decontaminateProse } from "./decontaminate.ts";
import { suite as dedupeLines } from "./dedupe-lines.ts";
import { TOOLS } from "./dialogue-tools.ts";
import { suite as nearDedup } from "./near-dedup.ts";
import { suite as readCsv } from "./read-csv.ts";
import { suite as readJsonl } from "./read-jsonl.ts";
import { screenPacked, screenTerms } from "./screen-texts.ts";
import { encodeUnigram, encodeUnigramPacked, trainUnigram } from "./unigram.ts";
import { suite as writeParquet } from "./write-parquet.ts";

/** All suites, in the order of the table. */
export const SUITES: readonly Suite[] = [
  readJsonl,
  readCsv,
  cleanChain,
  cleanStrings,
  cleanPacked,
  screenPacked,
  screenTerms,
  buildDialogues,
  ...TOOLS,
  nearDedup,
  dedupeLines,
  decontaminateCode,
  decontaminateProse,
  writeParquet,
  ...ENCODE_BPE,
  trainBpe,
  encodeUnigram,
  encodeUnigramPacked,
  trainUnigram,
];
