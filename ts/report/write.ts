import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderCard } from "./card.ts";
import { renderDatasetInfos } from "./dataset-infos.ts";
import type { ReportInput } from "./input.ts";
import { renderReportHtml } from "./report-html.ts";
import { renderTokenReport } from "./token-report.ts";

/**
 * Writes `README.md`, `report.html`, `dataset_infos.json` (with a data set) and `token_report.txt` (with token
 * figures) into a folder, each whole or not at all. Hand-written parts of the card in `previous`, the folder of the
 * build before, survive. Returns the names written. `manifest.json` is the caller's.
 */
export async function writeReports(out: string, input: ReportInput, previous: string = out): Promise<string[]> {
  const files: [name: string, text: string][] = [
    ["report.html", renderReportHtml(input)],
    ["README.md", renderCard(input, await readIfThere(join(previous, "README.md")))],
  ];
  if (input.datasets.length > 0) files.push(["dataset_infos.json", renderDatasetInfos(input)]);
  if (input.tokens) files.push(["token_report.txt", renderTokenReport(input.tokens)]);
  for (const [name, text] of files) {
    const temporary = join(out, `.${name}.tmp`);
    await writeFile(temporary, text);
    await rename(temporary, join(out, name));
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
