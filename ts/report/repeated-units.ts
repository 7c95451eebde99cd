import type { Manifest } from "../run/index.ts";
import { grouped, percent } from "./figures.ts";
import { escapeHtml, htmlTable } from "./html.ts";

/** What the decider of repeats reports. */
interface Found {
  unit: string;
  compared: number;
  distinct: number;
  repeated: number;
  duplicates: number;
  characters: { compared: number; duplicates: number };
  examples: { times: number; text: string }[];
}

/** Lines or paragraphs that come again, for each step that looked for them: how many, and those that come most often. */
export function repeatedUnits(findings: Manifest["findings"]): string {
  const sections = (findings ?? []).flatMap(({ step, found }) => (isFound(found) ? [section(step, found)] : []));
  return sections.length === 0 ? "" : `<h2>Lines that come again</h2>\n${sections.join("\n")}`;
}

/** The same in one line for each such step, for the end of a run. */
export function repeatedSummaries(findings: Manifest["findings"]): string[] {
  return (findings ?? []).flatMap(({ step, found }) => {
    if (!isFound(found)) return [];
    const { unit, compared, duplicates, characters } = found;
    const share = percent(characters.duplicates, characters.compared);
    return [
      `${step}: ${grouped(duplicates)} of ${grouped(compared)} ${unit} compared are duplicates, ${share} of their characters`,
    ];
  });
}

function isFound(found: unknown): found is Found {
  return typeof found === "object" && found !== null && "unit" in found && "repeated" in found;
}

function section(step: string, found: Found): string {
  const { unit, compared, distinct, repeated, duplicates, characters, examples } = found;
  const facts: [string, string][] = [
    [`${unit} compared`, grouped(compared)],
    [`different ${unit}`, grouped(distinct)],
    [`${unit} that come too often`, grouped(repeated)],
    ["duplicates", grouped(duplicates)],
    ["characters compared", grouped(characters.compared)],
    ["characters in duplicates", grouped(characters.duplicates)],
  ];
  const told = examples.map(({ times, text }) => [grouped(times), text]);
  return [
    `<h3>${escapeHtml(step)}</h3>`,
    htmlTable(["figure", "value"], facts, [1]),
    ...(told.length === 0 ? [] : [htmlTable(["times", unit], told, [0])]),
  ].join("\n");
}
