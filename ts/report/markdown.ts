/** Text from data as harmless Markdown: no markup, no table border, no line break, nothing invisible. */
export function inline(text: string): string {
  return visible(text)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_{}[\]#+!|~$@]/g, "\\$&");
}

/** Text as a code span; a span cannot hold a back quote or a table border unescaped. */
export function code(text: string): string {
  return `\`${visible(text).replace(/`/g, "'").replace(/\|/g, "\\|")}\``;
}

/** A table with a header line; the cells are Markdown already. `right`: columns of numbers. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const rule = header.map((_, i) => (right.includes(i) ? "---:" : "---"));
  return line(header) + line(rule) + rows.map(line).join("");
}

/** Control characters and direction marks, spelled out: they could otherwise disguise what stands there. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Spells out control characters and direction marks as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}
