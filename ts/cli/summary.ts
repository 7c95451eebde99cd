import { join } from "node:path";
import type { BuildResult, ManifestStep } from "../api/index.ts";
import { bytes, compact, duration, grouped, percent, ranked, sum } from "../report/figures.ts";
import { mixTables } from "../report/mix.ts";
import { repeatedSummaries } from "../report/repeated-units.ts";
import { columns } from "./text-table.ts";

/** The end of a build: one line per step, then where things are. */
export function buildSummary(result: BuildResult, out: string): string {
  const { manifest } = result;
  if (manifest === null) return "";
  const inputBytes = manifest.inputs.reduce((total, file) => total + file.bytes, 0);
  const files = manifest.inputs.length;
  const input = `${grouped(files)} ${files === 1 ? "file" : "files"}, ${bytes(inputBytes)}`;
  const lines = stepLines(manifest.steps, input);
  const size = manifest.outputs.reduce((total, file) => total + file.bytes, 0);
  const took = result.upToDate ? "up to date, nothing to do" : `in ${duration(manifest.run.wall_ms / 1000)}`;
  const tokens = manifest.tokens === undefined ? "" : `${compact(manifest.tokens)} tokens, `;
  const report = manifest.reports.includes("report.html") ? [`  report: ${join(out, "report.html")}`] : [];
  return [
    ...lines,
    ...findingLines(manifest.findings),
    `  out  ${grouped(result.rows)} rows, ${tokens}${bytes(size)}, ${took}`,
    ...report,
    `  why was a row dropped: gristmill explain ID --in ${out}`,
  ].join("\n");
}

/** What steps found out about the rows as a whole, where people want to see it at once. */
export function findingLines(findings: Parameters<typeof mixTables>[0]): string[] {
  const mixes = mixTables(findings).flatMap(({ step, title, header, rows, right, warnings }) => [
    `  ${step}: ${title}`,
    ...columns([header, ...rows], right).map((line) => `    ${line}`),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ]);
  return [...mixes, ...repeatedSummaries(findings).map((line) => `  ${line}`)];
}

/** One line per step: rows that leave it, share lost, and the most frequent reasons. */
export function stepLines(steps: readonly ManifestStep[], input: string): string[] {
  return columns(
    steps.map((step) => {
      const dropped = sum(step.dropped);
      const reasons = ranked(step.dropped).map(([reason, n]) => `${reason.replaceAll("_", " ")} ${grouped(n)}`);
      const shown = reasons.length > 4 ? [...reasons.slice(0, 4), "..."] : reasons;
      if (step.shape === "read") shown.unshift(input);
      if (step.merged > 0) shown.unshift(`from ${grouped(step.rows_in)} rows`);
      if (step.quarantined > 0) shown.push(`bad ${grouped(step.quarantined)}`);
      const lost = dropped === 0 ? "" : `-${percent(dropped, step.rows_in)}`;
      return ["", step.name, grouped(step.rows_out), lost, shown.join(", ")];
    }),
    [2],
  );
}
