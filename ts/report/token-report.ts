import type { TokenFigures, TurnFigures } from "./input.ts";

/** The token statistics as `key: value` lines, in the layout that scripts for the original tool expect. */
export function renderTokenReport(figures: TokenFigures): string {
  const lines: [key: string, value: string][] = [
    ["min", whole(figures.min)],
    ["max", whole(figures.max)],
    ["mean", real(figures.mean)],
    ["median", real(figures.median)],
    ["std", real(figures.std)],
    ["skew", real(figures.skew)],
    ["kurt", real(figures.kurt)],
    ["count", whole(figures.count)],
    ["sum", whole(figures.sum)],
    ...figures.percentiles.map(([name, tokens]): [string, string] => [name, real(tokens)]),
    ["total_chars", whole(figures.total_chars)],
    ["total_words", whole(figures.total_words)],
    ["avg_chars", real(figures.avg_chars)],
    ["avg_words", real(figures.avg_words)],
    ["avg_chars_per_word", real(figures.avg_chars_per_word)],
    ["avg_chars_per_sample", real(figures.avg_chars)],
    ["avg_words_per_sample", real(figures.avg_words)],
    ["tokens_per_char", real(figures.tokens_per_char)],
    ...figures.bins.map(([edges, rows]): [string, string] => [`bin_${edges}`, whole(rows)]),
    ["assistant_blocks", whole(figures.assistant_blocks)],
  ];
  const body = lines.map(([key, value]) => `  ${key}: ${value}\n`).join("");
  return (
    `Stats for text:\n${body}\n` +
    `Total tokens across all columns: ${whole(figures.sum)}\n` +
    `Total assistant blocks: ${whole(figures.assistant_blocks)}\n`
  );
}

function whole(value: number | null): string {
  return value === null ? "nan" : String(value);
}

/** A real number always shows its fraction, so that a column keeps its type when it is read back. */
function real(value: number | null): string {
  if (value === null) return "nan";
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** Dialogues by number of turns: two header lines, then the count padded to 18 columns and the dialogues. */
export function renderTurnTable({ turns }: TurnFigures): string {
  const lines = turns.map(([n, dialogues]) => `${String(n).padEnd(18)} ${dialogues}\n`);
  return `Score Distribution Table\n------------------------\n${lines.join("")}`;
}
