import { resolve } from "node:path";
import { GristmillError, Tokenizer } from "../native/index.ts";
import { renderTokensHtml } from "../report/token-html.ts";
import type { SampledRows } from "./sample-rows.ts";
import { writeFiles } from "./target.ts";
import { originalOf } from "./undo-fim.ts";

/** What becomes of a token in training: all are learnt where rows say nothing of it. */
export type TokenState = "learnt" | "masked" | "padding";

/** Tokens behind each other that are treated alike. */
export interface TokenRun {
  state: TokenState;
  /** How much they count, where rows have weights. */
  weight: number | null;
  tokens: ShownToken[];
}

export interface ShownToken {
  id: number;
  /** Its text; none for one whose bytes make a character only with the next. */
  text: string;
  special: boolean;
}

/** One sequence of a row, as `pack` puts them behind each other. */
export interface ShownSequence {
  tokens: number;
  learnt: number;
  runs: TokenRun[];
  /** The text as it was before `fim` rearranged it; `null` where it did not. */
  original: string | null;
}

/** A row of token ids for people. */
export interface TokenView {
  tokens: number;
  learnt: number;
  padding: number;
  /** Whether the row says what is learnt. */
  labelled: boolean;
  sequences: ShownSequence[];
  /** What fills the row up. */
  filling: TokenRun | null;
}

/** Where a row keeps what. `null`: it does not. */
export interface TokenColumns {
  ids: string;
  labels: string | null;
  weights: string | null;
  lengths: string | null;
  positions: string | null;
}

/** Columns of ids, in the order in which they are looked for. */
const IDS = ["input_ids", "ids", "tokens", "token_ids"];

/** The columns that rows of token ids have by their usual names; `null` when there are no ids. */
export function tokenColumns({ columns, rows }: SampledRows, ids: string | null = null): TokenColumns | null {
  // Other columns may go by these names: a count of tokens, labels of classes.
  const holds = (name: string): boolean => rows.every(({ row }) => mayBeList(row[name]));
  const first = (...names: string[]): string | null =>
    names.find((name) => columns.includes(name) && holds(name)) ?? null;
  const found = first(...(ids === null ? IDS : [ids]));
  if (found === null) return null;
  return {
    ids: found,
    labels: first("labels"),
    weights: first("loss_weights"),
    lengths: first("seq_lens"),
    positions: first("position_ids"),
  };
}

/** Label of a token that is not learnt. */
const IGNORED = -100;

/**
 * A row as tokens: what is learnt, where sequences begin, what fills it up.
 *
 * @throws RangeError when labels or weights are not as many as ids.
 */
export function tokenView(row: Record<string, unknown>, columns: TokenColumns, tokenizer: Tokenizer): TokenView {
  const ids = numbers(row[columns.ids]);
  const labels = columns.labels === null ? null : numbers(row[columns.labels]);
  const weights = columns.weights === null ? null : numbers(row[columns.weights]);
  for (const [name, list] of [
    [columns.labels, labels],
    [columns.weights, weights],
  ] as const) {
    if (list !== null && list.length !== ids.length) {
      throw new RangeError(`${name} holds ${list.length} values for ${ids.length} tokens`);
    }
  }
  const lengths = sequenceLengths(row, columns, ids.length);
  const tokens = texts(ids, lengths, tokenizer);
  const filled = lengths.reduce((sum, n) => sum + n, 0);
  const isLearnt = (at: number): boolean =>
    (labels === null || labels[at] !== IGNORED) && (weights === null || weights[at] !== 0);
  const sequences: ShownSequence[] = [];
  let begin = 0;
  for (const length of lengths) {
    const runs: TokenRun[] = [];
    let learnt = 0;
    for (let at = begin; at < begin + length; at += 1) {
      const state = isLearnt(at) ? "learnt" : "masked";
      const weight = weights?.[at] ?? null;
      let run = runs.at(-1);
      if (run === undefined || run.state !== state || run.weight !== weight) {
        run = { state, weight, tokens: [] };
        runs.push(run);
      }
      run.tokens.push(tokens[at] as ShownToken);
      learnt += state === "learnt" ? 1 : 0;
    }
    sequences.push({ tokens: length, learnt, runs, original: originalOf(tokens.slice(begin, begin + length)) });
    begin += length;
  }
  const rest = tokens.slice(filled);
  return {
    tokens: ids.length,
    learnt: sequences.reduce((sum, sequence) => sum + sequence.learnt, 0),
    padding: rest.length,
    labelled: labels !== null || weights !== null,
    sequences,
    filling: rest.length === 0 ? null : { state: "padding", weight: null, tokens: rest },
  };
}

/** How {@link tokenViews} looks at rows. */
export interface TokenViewOptions {
  /** Column of ids, or of text that is encoded. Default: `input_ids`, `ids`, `tokens`, else `text`. */
  column?: string;
  /** Leave what `fim` has rearranged as it is. */
  raw?: boolean;
}

/**
 * Rows as tokens. Rows of text are encoded first.
 *
 * @throws GristmillError `GM_API_NO_TOKENS` when there are neither ids nor text, and those of the tokenizer.
 */
export async function tokenViews(
  sampled: SampledRows,
  tokenizer: string,
  options: TokenViewOptions = {},
): Promise<{ id: string; view: TokenView }[]> {
  const { columns, rows } = sampled;
  const { column, raw = false } = options;
  using engine = await Tokenizer.load(resolve(tokenizer), { specialInText: "recognise" });
  const found = tokenColumns(sampled, column ?? null);
  const text = column ?? "text";
  if (found === null) {
    const isText = rows.every(({ row }) => typeof (row[text] ?? "") === "string");
    if (!columns.includes(text) || !isText) throw noTokens(columns, column);
    const own = { ids: "ids", labels: null, weights: null, lengths: null, positions: null };
    return rows.map(({ id, row }) => {
      const ids = engine.encode(String(row[text] ?? ""));
      return { id, view: unraw(tokenView({ ids }, own, engine), raw) };
    });
  }
  return rows.map(({ id, row }) => {
    try {
      return { id, view: unraw(tokenView(row, found, engine), raw) };
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
      throw new GristmillError("GM_API_NO_TOKENS", "input", `row ${id}: ${error.message}`, "name the column of ids", {
        cause: error,
      });
    }
  });
}

function unraw(view: TokenView, raw: boolean): TokenView {
  return raw ? { ...view, sequences: view.sequences.map((one) => ({ ...one, original: null })) } : view;
}

/** Whether a value is a list, or text that holds one in JSON, or nothing. */
function mayBeList(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "string" ? /^\s*\[\s*[-\d\]]/.test(value) : typeof value === "object";
}

function noTokens(columns: readonly string[], column: string | undefined): GristmillError {
  const what = column === undefined ? `neither ${IDS.join(", ")} nor text` : `no column ${column}`;
  return new GristmillError(
    "GM_API_NO_TOKENS",
    "usage",
    `the rows have ${what} to show as tokens`,
    `name the column of ids; there are ${columns.join(", ")}`,
  );
}

/** What of a page of tokens is wanted. */
export interface TokenPageOptions {
  title: string;
  rows: readonly { id: string; view: TokenView }[];
  /** Tokens of a row at most; 0: all. */
  most?: number;
  /** Ids under the text. */
  ids?: boolean;
  overwrite?: boolean;
}

/** Writes rows as tokens into one page that needs no network and no script. */
export async function writeTokenPage(path: string, options: TokenPageOptions): Promise<void> {
  const { title, rows, most = 0, ids = false, overwrite = false } = options;
  await writeFiles([[path, renderTokensHtml(title, rows, { most, ids })]], overwrite);
}

/** Numbers of a list, however it came: typed arrays, or JSON text. */
function numbers(value: unknown): number[] {
  const list: unknown = typeof value === "string" ? JSON.parse(value) : value;
  if (list === null || list === undefined) return [];
  if (typeof list !== "object" || !(Symbol.iterator in list)) throw new RangeError("no list of numbers");
  return Array.from(list as Iterable<number | bigint>, Number);
}

/** Tokens of each sequence. What is left of the row fills it up. */
function sequenceLengths(row: Record<string, unknown>, columns: TokenColumns, tokens: number): number[] {
  const told = columns.lengths === null ? [] : numbers(row[columns.lengths]).filter((n) => n > 0);
  if (told.length > 0 && told.reduce((sum, n) => sum + n, 0) <= tokens) {
    // Formats without room for it count what fills up as part of the last sequence.
    return told;
  }
  const mask = row.attention_mask === undefined ? [] : numbers(row.attention_mask);
  const length = typeof row.length === "number" ? row.length : mask.filter((n) => n !== 0).length || tokens;
  const filled = Math.min(length, tokens);
  const positions = columns.positions === null ? [] : numbers(row[columns.positions]);
  const starts = positions.slice(1, filled).flatMap((position, i) => (position === 0 ? [i + 1] : []));
  return [0, ...starts].map((start, i) => (starts[i] ?? filled) - start).filter((n) => n > 0);
}

/** The text of each token. Sequences are decoded apart, as they were encoded. */
function texts(ids: readonly number[], lengths: readonly number[], tokenizer: Tokenizer): ShownToken[] {
  const special = new Map(tokenizer.info.added.filter((one) => one.special).map(({ id, content }) => [id, content]));
  const shown: ShownToken[] = [];
  let left = 0;
  const ends = lengths.map((length) => {
    left += length;
    return left;
  });
  let begin = 0;
  for (const end of [...ends, ids.length]) {
    let stream = tokenizer.stream();
    for (let at = begin; at < end; at += 1) {
      const id = ids[at] as number;
      const content = special.get(id);
      if (content !== undefined) {
        // Half a character before a special token is none any more.
        const rest = stream.end();
        const before = shown.at(-1);
        if (rest !== "" && before !== undefined && at > begin) before.text += rest;
        stream = tokenizer.stream();
        shown.push({ id, text: content, special: true });
      } else if (id < 0 || id >= tokenizer.info.ids) {
        shown.push({ id, text: `<no token ${id}>`, special: true });
      } else {
        shown.push({ id, text: stream.push(id), special: false });
      }
    }
    const rest = stream.end();
    const last = shown.at(-1);
    if (rest !== "" && last !== undefined && end > begin) last.text += rest;
    begin = end;
  }
  return shown;
}
