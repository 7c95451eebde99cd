import { createHash } from "node:crypto";
import { oneLine } from "./visible.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** Text from data as harmless HTML, in element content and in quoted attributes alike. */
export function escapeHtml(text: string): string {
  return oneLine(text).replace(/[&<>"'`]/g, (c) => ENTITIES[c] ?? c);
}

/** A table; the cells are text and are escaped here. `right`: columns of numbers. */
export function htmlTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const cell = (tag: string, text: string, i: number): string =>
    `<${tag}${right.includes(i) ? ' class="n"' : ""}>${escapeHtml(text)}</${tag}>`;
  const head = header.map((text, i) => cell("th", text, i)).join("");
  const body = rows.map((row) => `<tr>${row.map((text, i) => cell("td", text, i)).join("")}</tr>\n`).join("");
  return `<table><thead><tr>${head}</tr></thead>\n<tbody>\n${body}</tbody></table>\n`;
}

/**
 * One file that needs no network and no script. `title` is escaped, `style` and `body` are not. The style sheet is let in
 * by its hash; scripts, frames, forms and every kind of loading are shut out.
 */
export function htmlPage(title: string, style: string, body: string): string {
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}</body>
</html>
`;
}
