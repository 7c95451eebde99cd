/** The registry: every step the package knows, one line each. */
import { addStats } from "./add-stats.ts";
import { buildDialogues } from "./build-dialogues.ts";
import { cast } from "./cast.ts";
import { checkDialogue } from "./check-dialogue.ts";
import { cleanChat } from "./clean-chat.ts";
import { closeTurns } from "./close-turns.ts";
import { countTokens } from "./count-tokens.ts";
import { decode } from "./decode.ts";
import { decontaminate } from "./decontaminate.ts";
import { dedupe } from "./dedupe.ts";
import { dedupeLines } from "./dedupe-lines.ts";
import { dropColumns } from "./drop-columns.ts";
import { encode } from "./encode.ts";
import { filterMessages } from "./filter-messages.ts";
import { fim } from "./fim.ts";
import { fromChat } from "./from-chat.ts";
import { joinFiles } from "./join-files.ts";
import { limit } from "./limit.ts";
import { minTurns } from "./min-turns.ts";
import { mix } from "./mix.ts";
import { nearDedup } from "./near-dedup.ts";
import { pack } from "./pack.ts";
import { resample } from "./resample.ts";
import { sample } from "./sample.ts";
import { screenTos } from "./screen-tos.ts";
import { shuffle } from "./shuffle.ts";
import { slang } from "./slang.ts";
import { sort } from "./sort.ts";
import { sortByRichness } from "./sort-by-richness.ts";
import type { StepDefinition } from "./step.ts";
import { toChat } from "./to-chat.ts";
import { tokenizerReport } from "./tokenizer-report.ts";
import { traceRows } from "./trace-rows.ts";
import { trainTestSplit } from "./train-test-split.ts";
import { trainTokenizer } from "./train-tokenizer.ts";

export { COUNT_COLUMNS } from "./cast.ts";
export { BUILT_IN_COUNTERS } from "./common.ts";
export type * from "./step.ts";

export const STEPS: readonly StepDefinition[] = [
  filterMessages,
  buildDialogues,
  cleanChat,
  slang,
  checkDialogue,
  minTurns,
  dedupe,
  decontaminate,
  nearDedup,
  dedupeLines,
  dropColumns,
  screenTos,
  closeTurns,
  countTokens,
  addStats,
  cast,
  sortByRichness,
  sort,
  shuffle,
  limit,
  sample,
  mix,
  trainTestSplit,
  toChat,
  fromChat,
  resample,
  traceRows,
  trainTokenizer,
  encode,
  decode,
  tokenizerReport,
  fim,
  pack,
  joinFiles,
];

const byName = new Map<string, StepDefinition>();
for (const step of STEPS) {
  for (const name of [step.name, ...step.aliases]) {
    if (byName.has(name)) throw new Error(`two steps are called ${name}`);
    byName.set(name, step);
  }
}

/** The step of that name or alias; `-` and `_` are the same. */
export function findStep(nameOrAlias: string): StepDefinition | undefined {
  return byName.get(nameOrAlias.replaceAll("-", "_"));
}
