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
  return `\`${unmarked(oneLine(text)).replace(/`/g, "'").replace(/\|/g, "\\|")}\``;
}

/** A code block; its fence is longer than any run of back quotes inside. */
export function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${unmarked(text)}${fence}`;
}

/** Code shows `<` as it is, so a comment in it could pass for the mark of a hand-written part. */
function unmarked(text: string): string {
  return text.replaceAll("<!--", "<! --");
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
