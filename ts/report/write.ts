import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { renderCard } from "./card.ts";
import { renderDatasetInfos } from "./dataset-infos.ts";
import type { ReportInput } from "./input.ts";
import { renderMixReport } from "./mix.ts";
import { renderReportHtml } from "./report-html.ts";
import { renderTokenReport, renderTurnTable } from "./token-report.ts";

/**
 * Writes `README.md`, `report.html`, `dataset_infos.json` (with a data set) and `reports/*.txt` (with token
 * figures) into a folder, each whole or not at all. Hand-written parts of the card in `previous`, the folder of the
 * build before, survive. Returns the names written. `manifest.json` is the caller's.
 */
export async function writeReports(out: string, input: ReportInput, previous: string = out): Promise<string[]> {
  const files: [name: string, text: string][] = [
    ["report.html", renderReportHtml(input)],
    ["README.md", renderCard(input, await readIfThere(join(previous, "README.md")))],
  ];
  if (input.datasets.length > 0) files.push(["dataset_infos.json", renderDatasetInfos(input)]);
  const mixed = renderMixReport(input.manifest.findings);
  if (mixed !== null) files.push(["reports/mix-report.json", mixed]);
  if (input.tokens) files.push(["reports/token_report.txt", renderTokenReport(input.tokens)]);
  if (input.turns) files.push(["reports/turn_table.txt", renderTurnTable(input.turns)]);
  for (const [name, text] of files) {
    const path = join(out, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
  }
  return files.map(([name]) => name).sort();
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
