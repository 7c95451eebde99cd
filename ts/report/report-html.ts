import type { ManifestStep } from "../run/index.ts";
import { contamination } from "./contamination.ts";
import { bytes, fixed, grouped, percent, ranked, sum } from "./figures.ts";
import { escapeHtml, htmlPage, htmlTable } from "./html.ts";
import type { ReportedManifest, ReportInput, TokenFigures } from "./input.ts";
import { mixes } from "./mix.ts";
import { nearDuplicates } from "./near-duplicates.ts";
import { repeatedUnits } from "./repeated-units.ts";
import { svgBars } from "./svg-bars.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --faint: #66707f; --bar: #3b7dd8; --line: #d9dee6; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --faint: #9aa4b2; --line: #38404c; --page: #14181e; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; } h3 { margin-top: 1.75rem; }
p.facts { color: var(--faint); margin-top: .25rem; }
table { border-collapse: collapse; font-size: 14px; }
th, td { padding: .25rem .75rem .25rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
td { overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: var(--ink); }
svg rect { fill: var(--bar); }
`;

/** One file that needs no network and no script; everything that comes from data is escaped. */
export function renderReportHtml(input: ReportInput): string {
  const { manifest } = input;
  return htmlPage(
    `${manifest.name}: build report`,
    STYLE,
    `<h1>${escapeHtml(manifest.name)}</h1>
<p class="facts">gristmill ${escapeHtml(manifest.versions.gristmill)}, build ${escapeHtml(manifest.build_id)}, seed ${manifest.seed}</p>
${overview(manifest)}
${reasons(manifest.steps)}
${mixes(manifest.findings)}
${nearDuplicates(manifest.findings)}
${contamination(manifest.findings)}
${repeatedUnits(manifest.findings)}
${input.tokens === null ? "" : tokenSection(input.tokens)}
${files(input)}
`,
  );
}

function overview(manifest: ReportedManifest): string {
  const rows = manifest.steps.map((step) => {
    const dropped = sum(step.dropped);
    return [
      step.name,
      step.shape,
      grouped(step.rows_in),
      grouped(step.made),
      grouped(step.rows_out),
      grouped(dropped),
      percent(dropped, step.rows_in),
      grouped(step.merged),
      grouped(step.quarantined),
    ];
  });
  const header = ["step", "shape", "in", "made", "out", "dropped", "", "merged", "quarantined"];
  const flow = manifest.steps.map((step) => ({ label: step.name, value: step.rows_out }));
  return (
    `<h2>Rows</h2>\n${htmlTable(header, rows, [2, 3, 4, 5, 6, 7, 8])}` +
    `<p>In every line, in + made = out + dropped + merged + quarantined.</p>\n` +
    `<h3>Rows that leave each step</h3>\n${svgBars("Rows that leave each step", flow)}`
  );
}

function reasons(steps: readonly ManifestStep[]): string {
  const sections = steps.map((step) => stepSection(step)).filter((section) => section !== "");
  return sections.length === 0 ? "" : `<h2>Why rows were dropped or changed</h2>\n${sections.join("\n")}`;
}

function stepSection(step: ManifestStep): string {
  const dropped = ranked(step.dropped).filter(([, n]) => n > 0);
  const changed = ranked(step.changed ?? {}).filter(([, n]) => n > 0);
  if (dropped.length === 0 && changed.length === 0) return "";
  const parts = [`<h3>${escapeHtml(step.name)}</h3>`];
  if (dropped.length > 0) {
    const bars = dropped.slice(0, 20).map(([label, value]) => ({ label, value }));
    const rows = dropped.map(([reason, n]) => [reason, grouped(n), percent(n, step.rows_in)]);
    parts.push(svgBars(`Reasons of ${step.name}`, bars), htmlTable(["reason", "rows", "of rows in"], rows, [1, 2]));
  }
  if (changed.length > 0) {
    const rows = changed.map(([rule, n]) => [rule, grouped(n), percent(n, step.rows_in)]);
    parts.push(htmlTable(["rule that changed rows", "rows", "of rows in"], rows, [1, 2]));
  }
  return parts.join("\n");
}

function tokenSection(tokens: TokenFigures): string {
  const facts: [string, string][] = [
    ["rows", grouped(tokens.count)],
    ["tokens", grouped(tokens.sum)],
    ["fewest", grouped(tokens.min ?? 0)],
    ["median", fixed(tokens.median)],
    ["mean", fixed(tokens.mean)],
    ["standard deviation", fixed(tokens.std)],
    ["most", grouped(tokens.max ?? 0)],
    ["characters", grouped(tokens.total_chars)],
    ["words", grouped(tokens.total_words)],
    ["assistant turns", grouped(tokens.assistant_blocks)],
  ];
  const bars = tokens.bins.map(([label, value]) => ({ label, value }));
  return `<h2>Tokens</h2>\n${htmlTable(["figure", "value"], facts, [1])}<h3>Tokens per row</h3>\n${svgBars("Tokens per row", bars)}`;
}

function files({ manifest, inputs: all }: ReportInput): string {
  const inputs = all.slice(0, 1000).map((file) => [file.name, file.source, bytes(file.bytes), file.sha256]);
  const outputs = manifest.outputs.map((file) => [file.path, grouped(file.rows), bytes(file.bytes), file.sha256]);
  const left = all.length - inputs.length;
  return (
    `<h2>Files</h2>\n<h3>Inputs</h3>\n${htmlTable(["name", "read as", "size", "sha256"], inputs, [2])}` +
    `${left > 0 ? `<p>and ${grouped(left)} more in manifest.json</p>\n` : ""}` +
    `<h3>Outputs</h3>\n${htmlTable(["path", "rows", "size", "sha256"], outputs, [1, 2])}`
  );
}
