import type { TokenFigures } from "./input.ts";

/** The token statistics as `key: value` lines, in the layout that scripts for the original tool expect. */
export function renderTokenReport(figures: TokenFigures): string {
  const { count, total_chars: chars, total_words: words } = figures;
  const lines: [key: string, value: string][] = [
    ["min", whole(figures.min)],
    ["max", whole(figures.max)],
    ["mean", real(figures.mean)],
    ["median", real(figures.median)],
    ["std", real(figures.std)],
    ["skew", real(figures.skew)],
    ["kurt", real(figures.kurt)],
    ["count", whole(count)],
    ["sum", whole(figures.sum)],
    ...figures.percentiles.map(({ percent, tokens }): [string, string] => [`${percent}%`, real(tokens)]),
    ["total_chars", whole(chars)],
    ["total_words", whole(words)],
    ["avg_chars", real(ratio(chars, count))],
    ["avg_words", real(ratio(words, count))],
    // Spaces and tags are in the characters but not in the words; the name is kept for scripts.
    ["avg_chars_per_word", real(ratio(chars, words))],
    ["avg_chars_per_sample", real(ratio(chars, count))],
    ["avg_words_per_sample", real(ratio(words, count))],
    ["tokens_per_char", real(ratio(figures.sum, chars))],
    ...figures.histogram.map(({ from, to, rows }): [string, string] => [`bin_${from}-${to ?? "inf"}`, whole(rows)]),
    ["assistant_blocks", whole(figures.assistant_blocks)],
  ];
  const body = lines.map(([key, value]) => `  ${key}: ${value}\n`).join("");
  return (
    `Stats for text:\n${body}\n` +
    `Total tokens across all columns: ${whole(figures.sum)}\n` +
    `Total assistant blocks: ${whole(figures.assistant_blocks)}\n`
  );
}

function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

function whole(value: number): string {
  return String(value);
}

/** A real number always shows its fraction, so that a column keeps its type when it is read back. */
function real(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
