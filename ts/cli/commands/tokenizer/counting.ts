import type { TokenizerFigures } from "../../../api/index.ts";
import { loadApi } from "../../api.ts";
import { type Arguments, given } from "../../command.ts";
import { fileOptions, GENERAL, sourceOptions } from "../../step-command.ts";
import type { DottedOption } from "../../words.ts";
import { LOAD, loadOptions, SPECIAL_IN_TEXT } from "./load-options.ts";

const { out: _out, trace: _trace, overwrite: _overwrite, "log-format": _log, ...reading } = GENERAL;

/** Options of reading texts and counting their tokens. */
export const COUNTING = {
  column: { type: "text", describe: "Column that holds the text", default: "text" },
  by: { type: "text", describe: "Column whose values are reported apart, such as source" },
  "special-in-text": SPECIAL_IN_TEXT,
  ...LOAD,
  ...reading,
} as const;

/** Counts the tokens of files with each of these tokenizers, as the options of {@link COUNTING} say. */
export async function figures(
  args: Arguments,
  tokenizers: readonly string[],
  signal: AbortSignal,
): Promise<TokenizerFigures> {
  const api = await loadApi();
  return api.compareTokenizers({
    tokenizers,
    inputs: args.list("in"),
    source: sourceOptions((args.value("dotted") ?? []) as DottedOption[], args.text("source")),
    ...given({ column: args.text("column"), by: args.text("by") }),
    ...loadOptions(args),
    ...fileOptions(args, {}),
    signal,
  });
}

/** Two digits behind the point, or a dash where nothing is divided. */
export function ratio(part: number, whole: number): string {
  return whole === 0 ? "-" : (part / whole).toFixed(2);
}
