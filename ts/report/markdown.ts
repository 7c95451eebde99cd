import { oneLine } from "./visible.ts";

/** Text from data as harmless Markdown: no markup, no table border, no line break, nothing invisible. */
export function inline(text: string): string {
  return oneLine(text)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_{}[\]#+!|~$@]/g, "\\$&");
}

/** Text as a code span; a span cannot hold a back quote or a table border unescaped. */
export function code(text: string): string {
  return `\`${oneLine(text).replace(/`/g, "'").replace(/\|/g, "\\|")}\``;
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
