import type { ImportResult } from "../api/index.ts";
import { grouped } from "../report/figures.ts";
import { visible } from "../report/visible.ts";

/** The result of an import for people. */
export function importText(result: ImportResult): string {
  const lines: [string, string][] = [["read", `${grouped(result.rows)} messages`]];
  if (!result.dryRun) {
    lines.push(
      ["inserted", grouped(result.inserted)],
      ["updated", grouped(result.updated)],
      ["ignored", `${grouped(result.ignored)}  known already, older, deleted or of opted-out authors`],
    );
  }
  for (const [reason, rows] of Object.entries(result.refused).sort()) {
    lines.push(["refused", `${grouped(rows)}  ${visible(reason)}`]);
  }
  if (result.unreadable > 0) lines.push(["unreadable", grouped(result.unreadable)]);
  lines.push(["store", result.dryRun ? "nothing was written" : visible(result.store)]);
  return lines.map(([name, value]) => `${name.padEnd(11)}${value}`).join("\n");
}
