import { grouped } from "./figures.ts";

/** Tokens behind each other that are treated alike. */
interface Run {
  state: "learnt" | "masked" | "padding";
  weight: number | null;
  tokens: readonly { id: number; text: string; special: boolean }[];
}

/** A row as tokens, as the API gives it. */
export interface TokenRow {
  tokens: number;
  learnt: number;
  padding: number;
  labelled: boolean;
  sequences: readonly { tokens: number; learnt: number; runs: readonly Run[]; original: string | null }[];
  filling: Run | null;
}

/** How a stretch of text is meant to look. */
export type Look = "learnt" | "partly" | "masked" | "special" | "learnt-special" | "filling" | "note";

/** A stretch of text; `second`: in the other of two shades. */
export interface Stretch {
  look: Look;
  second: boolean;
  text: string;
}

/** What of a row is shown. */
export interface TokenTextOptions {
  /** Tokens of a row at most; 0: all. */
  most: number;
  /** Ids under the text. */
  ids: boolean;
}

/** Where a line of the text ended. */
const LINE_END = "↵";

/** Facts of a row in one line. */
export function factsOf(row: TokenRow): string {
  const { tokens, learnt, padding, labelled, sequences } = row;
  const parts = [`${grouped(tokens)} tokens`];
  if (labelled) parts.push(`${grouped(learnt)} learnt`, `${grouped(tokens - padding - learnt)} masked`);
  if (padding > 0) parts.push(`${grouped(padding)} filling up`);
  if (sequences.length > 1) parts.push(`${grouped(sequences.length)} sequences`);
  return parts.join(", ");
}

/** A row in lines of text: runs apart with a word for what becomes of them, tokens parted by bars, special ones in «». */
export function plainLines(row: TokenRow, options: TokenTextOptions): string[] {
  const lines: string[] = [];
  let left = options.most === 0 ? Number.POSITIVE_INFINITY : options.most;
  const add = (run: Run): void => {
    const shown = run.tokens.slice(0, left);
    if (shown.length === 0) return;
    left -= shown.length;
    const name = wordOf(run, row.labelled).padEnd(WORD);
    const text = shown.map((token) => (token.special ? `«${token.text}»` : token.text)).join("|");
    lines.push(`  ${name}${indented(text)}`);
    if (options.ids) lines.push(`  ${"ids".padEnd(WORD)}${shown.map(({ id }) => id).join(" ")}`);
  };
  for (const [i, sequence] of row.sequences.entries()) {
    if (left === 0) break;
    if (row.sequences.length > 1) lines.push(` ${sequenceHead(row, i)}`);
    for (const run of sequence.runs) add(run);
    if (sequence.original !== null) lines.push(`  ${"original".padEnd(WORD)}${indented(sequence.original)}`);
  }
  const hidden = row.tokens - row.padding - shownTokens(row, options);
  if (hidden > 0) lines.push(`  ... ${grouped(hidden)} more tokens`);
  if (row.filling !== null) lines.push(`  ${"filling".padEnd(WORD)}${fillingText(row.filling)}`);
  return lines;
}

/** A row in stretches with looks, for terminals with colours and pages; newlines part lines. */
export function stretches(row: TokenRow, options: TokenTextOptions): Stretch[] {
  const out: Stretch[] = [];
  const note = (text: string): void => {
    out.push({ look: "note", second: false, text });
  };
  let left = options.most === 0 ? Number.POSITIVE_INFINITY : options.most;
  let second = false;
  for (const [i, sequence] of row.sequences.entries()) {
    if (left === 0) break;
    if (row.sequences.length > 1) note(`${i === 0 ? "" : "\n"}${sequenceHead(row, i)}\n`);
    const ids: number[] = [];
    for (const run of sequence.runs) {
      for (const token of run.tokens.slice(0, left)) {
        left -= 1;
        ids.push(token.id);
        const special = run.state === "learnt" ? "learnt-special" : "special";
        const look = token.special ? special : lookOf(run);
        out.push({ look, second, text: token.text.replaceAll("\n", `${LINE_END}\n`) });
        second = !second;
      }
    }
    if (options.ids) note(`\nids ${ids.join(" ")}`);
    if (sequence.original !== null) note(`\noriginal: ${sequence.original.replaceAll("\n", `${LINE_END}\n`)}`);
  }
  const hidden = row.tokens - row.padding - shownTokens(row, options);
  if (hidden > 0) note(`\n... ${grouped(hidden)} more tokens`);
  if (row.filling !== null) {
    out.push({ look: "filling", second: false, text: `\n${fillingText(row.filling)}` });
  }
  return out;
}

/** Room for the word before a run. */
const WORD = 10;

function wordOf({ state, weight }: Run, labelled: boolean): string {
  if (!labelled) return "";
  return state === "learnt" && weight !== null && weight !== 1 ? `learnt ${Number(weight.toPrecision(3))}` : state;
}

function lookOf({ state, weight }: Run): Look {
  if (state === "padding") return "filling";
  if (state === "masked") return "masked";
  return weight !== null && weight !== 1 ? "partly" : "learnt";
}

function sequenceHead({ sequences }: TokenRow, i: number): string {
  return `-- sequence ${i + 1} of ${grouped(sequences.length)}, ${grouped(sequences[i]?.tokens ?? 0)} tokens`;
}

function shownTokens(row: TokenRow, { most }: TokenTextOptions): number {
  const all = row.tokens - row.padding;
  return most === 0 ? all : Math.min(most, all);
}

/** Nearly always one token many times over. */
function fillingText({ tokens }: Run): string {
  const [first] = tokens;
  const alike = tokens.every(({ id }) => id === first?.id);
  return alike ? `${grouped(tokens.length)} x ${first?.text} (${first?.id})` : `${grouped(tokens.length)} tokens`;
}

function indented(text: string): string {
  // A line end at the end of a run is followed by the line of the next run.
  const [last, shown] = text.endsWith("\n") ? [LINE_END, text.slice(0, -1)] : ["", text];
  return shown.replaceAll("\n", `${LINE_END}\n${" ".repeat(WORD + 2)}`) + last;
}
