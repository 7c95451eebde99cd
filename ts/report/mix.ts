import type { Manifest } from "../run/index.ts";
import { grouped } from "./figures.ts";
import { escapeHtml, htmlTable } from "./html.ts";

/** What the decider of a mix reports. */
export interface MixFound {
  mix: {
    measure: string;
    budget: number | null;
    max_epochs: number;
    rows: number;
    material: number;
    given_rows: number;
    given: number;
  };
  columns: { column: string; values: MixValue[] }[];
  cells: unknown[];
  warnings: string[];
}

interface MixValue {
  /** `null`: all values without a weight of their own. */
  value: string | null;
  material: number;
  given_rows: number;
  given: number;
  wanted: number;
  achieved: number;
  epochs: number;
  /** How much there may be at most; `null`: no limit. Absent where shares or epochs are wanted. */
  quota?: number | null;
}

/** One table for each step that mixed. */
export interface MixTable {
  step: string;
  title: string;
  header: string[];
  rows: string[][];
  /** Columns of numbers. */
  right: number[];
  warnings: string[];
}

/** The findings that are of mixes. */
export function mixesFound(findings: Manifest["findings"]): { step: string; found: MixFound }[] {
  return (findings ?? []).flatMap(({ step, found }) => (isMix(found) ? [{ step, found }] : []));
}

function isMix(found: unknown): found is MixFound {
  return typeof found === "object" && found !== null && "mix" in found && "warnings" in found;
}

/** Shares wanted and achieved, value by value. */
export function mixTables(findings: Manifest["findings"]): MixTable[] {
  return mixesFound(findings).map(({ step, found: { mix, columns, warnings } }) => {
    const unit = mix.measure;
    const limited = columns.some(({ values }) => values.some(({ quota }) => quota !== undefined));
    const rows = columns.flatMap(({ column, values }) =>
      values.map(({ value, quota, wanted, achieved, epochs, material, given, given_rows }) => [
        column,
        value ?? "(other)",
        limited ? (typeof quota === "number" ? grouped(quota) : "no limit") : percentOf(wanted),
        percentOf(achieved),
        epochs.toFixed(2),
        grouped(material),
        ...(unit === "rows" ? [] : [grouped(given)]),
        grouped(given_rows),
      ]),
    );
    const given = unit === "rows" ? "" : `${grouped(mix.given)} of ${grouped(mix.material)} ${unit} in `;
    return {
      step,
      title: `${given}${grouped(mix.given_rows)} of ${grouped(mix.rows)} rows`,
      header: [
        "column",
        "value",
        limited ? `${unit} at most` : "wanted",
        limited ? "share" : "achieved",
        "epochs",
        `${unit} there`,
        ...(unit === "rows" ? [] : [unit]),
        "rows",
      ],
      rows,
      right: [2, 3, 4, 5, 6, 7],
      warnings,
    };
  });
}

/** The tables for the report. */
export function mixes(findings: Manifest["findings"]): string {
  const sections = mixTables(findings).map(({ step, title, header, rows, right, warnings }) =>
    [
      `<h3>${escapeHtml(step)}</h3>\n<p>${escapeHtml(title)}</p>`,
      htmlTable(header, rows, right),
      ...warnings.map((warning) => `<p>Warning: ${escapeHtml(warning)}</p>`),
    ].join("\n"),
  );
  return sections.length === 0 ? "" : `<h2>Mix</h2>\n${sections.join("\n")}`;
}

/** The whole of it as JSON, combinations of values included; `null` where nothing was mixed. */
export function renderMixReport(findings: Manifest["findings"]): string | null {
  const found = mixesFound(findings);
  return found.length === 0
    ? null
    : `${JSON.stringify(
        found.map(({ step, found }) => ({ step, ...found })),
        null,
        2,
      )}\n`;
}

const percentOf = (share: number): string => `${(share * 100).toFixed(1)} %`;
