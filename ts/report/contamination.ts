import type { Manifest } from "../run/index.ts";
import { grouped } from "./figures.ts";
import { escapeHtml, htmlTable } from "./html.ts";

/** What the fold of `decontaminate` reports. */
interface Found {
  action: "drop" | "redact" | "flag";
  n: number;
  min_words: number;
  min_chars: number;
  rows: number;
  items_found: number;
  benchmarks: {
    file: string;
    items: number;
    items_found: number;
    by_ngram: number;
    by_substring: number;
    short: number;
    untested: number;
    untested_items: string[];
    texts_below_floor: number;
  }[];
  items: {
    item: string;
    rows: number;
    pieces: Record<string, number>;
    examples: { id: string; rule: string; start: number; end: number; piece: string }[];
  }[];
}

/** Items and examples told in a page; `manifest.json` has more of them. */
const ITEMS = 100;
const EXAMPLES = 50;
/** Characters of a piece shown: enough to see what it is, too few to hand on a benchmark. */
const PIECE = 160;

const ACTS = { drop: "dropped", redact: "rewritten without these pieces", flag: "kept and marked" } as const;

/** A table with its heading. */
interface ContaminationTable {
  title: string;
  header: string[];
  rows: string[][];
  /** Columns of numbers. */
  right: number[];
}

/** What one step has found. */
interface Contamination {
  step: string;
  summary: string;
  /** Items that no rule can find, where there are any. */
  untested: string | null;
  tables: ContaminationTable[];
}

/** What each step that looked for pieces of benchmarks has found, for the report and the card. */
export function contaminations(findings: Manifest["findings"]): Contamination[] {
  return (findings ?? []).flatMap(({ step, found }) => (isFound(found) ? [told(step, found)] : []));
}

function isFound(found: unknown): found is Found {
  return typeof found === "object" && found !== null && "benchmarks" in found && "items_found" in found;
}

function told(step: string, found: Found): Contamination {
  const { action, rows, items_found, benchmarks, items, n, min_words, min_chars } = found;
  const files = benchmarks.map((one) => [
    one.file,
    grouped(one.items),
    grouped(one.items_found),
    grouped(one.by_ngram),
    grouped(one.by_substring),
    grouped(one.short),
    grouped(one.untested),
  ]);
  const hits = items
    .slice(0, ITEMS)
    .map(({ item, rows, pieces }) => [
      item,
      grouped(rows),
      grouped(Object.values(pieces).reduce((sum, count) => sum + count, 0)),
      Object.keys(pieces).sort().join(", "),
    ]);
  const examples = items
    .flatMap(({ item, examples }) => examples.map((one) => ({ item, ...one })))
    .slice(0, EXAMPLES)
    .map(({ item, id, rule, start, end, piece }) => [item, id, rule, `${start} to ${end}`, short(piece)]);
  const lost = benchmarks.flatMap(({ untested_items }) => untested_items);
  const left = items_found - hits.length;
  return {
    step,
    summary:
      `${count(rows, "row")} ${rows === 1 ? "holds" : "hold"} pieces of ${count(items_found, "item")} of benchmarks` +
      `${rows === 0 ? "" : ` and ${rows === 1 ? "was" : "were"} ${ACTS[action]}`}. Looked for were runs of ${n} tokens with at least ` +
      `${min_words} words, whole texts of at least ${min_chars} characters, and short items.`,
    untested: lost.length === 0 ? null : `Too short to be found: ${lost.slice(0, 20).join(", ")}.`,
    tables: [
      {
        title: "Benchmarks",
        header: ["file", "items", "found", "by runs", "by whole texts", "short", "not testable"],
        rows: files,
        right: [1, 2, 3, 4, 5, 6],
      },
      {
        title: left > 0 ? `Items found, and ${grouped(left)} more in manifest.json` : "Items found",
        header: ["item", "rows", "pieces", "rules"],
        rows: hits,
        right: [1, 2],
      },
      { title: "Examples", header: ["item", "row", "rule", "bytes", "piece"], rows: examples, right: [] },
    ].filter(({ rows }) => rows.length > 0),
  };
}

/** The tables for the report. */
export function contamination(findings: Manifest["findings"]): string {
  const sections = contaminations(findings).map(({ step, summary, untested, tables }) =>
    [
      `<h3>${escapeHtml(step)}</h3>\n<p>${escapeHtml(summary)}</p>`,
      ...tables.map(
        ({ title, header, rows, right }) => `<p>${escapeHtml(title)}</p>\n${htmlTable(header, rows, right)}`,
      ),
      ...(untested === null ? [] : [`<p>${escapeHtml(untested)}</p>`]),
    ].join("\n"),
  );
  return sections.length === 0 ? "" : `<h2>Benchmarks in the data</h2>\n${sections.join("\n")}`;
}

const count = (n: number, what: string): string => `${grouped(n)} ${what}${n === 1 ? "" : "s"}`;

function short(text: string): string {
  const chars = [...text];
  return chars.length <= PIECE ? text : `${chars.slice(0, PIECE).join("")}…`;
}
