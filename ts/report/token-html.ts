import { escapeHtml, htmlPage } from "./html.ts";
import { factsOf, stretches, type TokenRow, type TokenTextOptions } from "./token-text.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --faint: #66707f; --line: #d9dee6; --page: #fff;
  --l0: #c9efcf; --l1: #a9e2b3; --p0: #cfe3fb; --p1: #b3d2f6; --m0: #eceef1; --m1: #dde1e6; --s: #fff0b8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --faint: #9aa4b2; --line: #38404c; --page: #14181e;
  --l0: #14532d; --l1: #1b6b3c; --p0: #153e63; --p1: #1d5182; --m0: #262b33; --m1: #333a44; --s: #5a4a10; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; margin: 2rem 0 0; overflow-wrap: anywhere; }
p { color: var(--faint); margin: 0; }
pre { font: 13px/1.6 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: .5rem; }
.learnt0 { background: var(--l0); } .learnt1 { background: var(--l1); }
.partly0 { background: var(--p0); } .partly1 { background: var(--p1); }
.masked0 { background: var(--m0); } .masked1 { background: var(--m1); }
.special0, .special1 { background: var(--s); font-weight: bold; }
.learnt-special0, .learnt-special1 { background: var(--l1); font-weight: bold; text-decoration: underline; }
.filling0, .note0 { color: var(--faint); }
`;

const LEGEND = {
  learnt: "learnt",
  partly: "learnt with a weight",
  masked: "masked",
  special: "special, masked",
  "learnt-special": "special, learnt",
};

/** A page of rows as tokens, in one file that needs no network and no script. */
export function renderTokensHtml(
  title: string,
  rows: readonly { id: string; view: TokenRow }[],
  options: TokenTextOptions,
): string {
  const legend = (["learnt", "partly", "masked", "special", "learnt-special"] as const)
    .map((look) => `<span class="${look}0">${LEGEND[look]}</span>`)
    .join(" ");
  const sections = rows.map(({ id, view }) => section(id, view, options)).join("");
  return htmlPage(title, STYLE, `<h1>${escapeHtml(title)}</h1>\n<p>${legend}</p>\n${sections}`);
}

function section(id: string, view: TokenRow, options: TokenTextOptions): string {
  const spans = stretches(view, options).map(({ look, second, text }) => {
    const lines = text.split("\n").map(escapeHtml).join("\n");
    return `<span class="${look}${second ? 1 : 0}">${lines}</span>`;
  });
  return `<h2>${escapeHtml(id)}</h2>\n<p>${escapeHtml(factsOf(view))}</p>\n<pre>${spans.join("")}</pre>\n`;
}
