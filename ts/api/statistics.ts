import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { GristmillError } from "../native/index.ts";
import { renderTokenReport, renderTurnTable, type TokenFigures, type TurnFigures, turnChart } from "../report/index.ts";
import type { FinishedBuild } from "../run/index.ts";
import { buildFiles } from "./file-build.ts";
import { stepNamed } from "./run-step.ts";
import { writeFiles } from "./target.ts";
import type { StatisticsOptions, TokenStatisticsOptions, TurnStatisticsOptions } from "./types.ts";

/**
 * Statistics of the token counts of a text: the column `tokens`, or counted on the spot with `tokenizer`. `text` is the
 * report as `key: value` lines, written to `out` where that is given.
 */
export async function tokenStatistics(given: TokenStatisticsOptions): Promise<{ figures: TokenFigures; text: string }> {
  const { column = "text", tokens = "tokens", compat = false, tokenizer } = given;
  const count = { name: stepNamed("count_tokens").name, options: { tokenizer, column, into: tokens } };
  const figures = await fold<TokenFigures>(
    given,
    "token_report",
    { column, tokens, about: ["tokens"], compat },
    tokenizer === undefined ? [] : [count],
  );
  const text = renderTokenReport(figures);
  await writeFiles(given.out === undefined ? [] : [[given.out, text]], given.overwrite ?? false);
  return { figures, text };
}

/** Dialogues by number of turns: as figures, as a table in text, and as a chart (`png`, `svg`). */
export async function turnStatistics(given: TurnStatisticsOptions): Promise<{ figures: TurnFigures; text: string }> {
  const { column = "text" } = given;
  const figures = await fold<TurnFigures>(given, "turn_table", { column, about: ["turns"] }, []);
  const text = renderTurnTable(figures);
  const svg = turnChart(figures);
  const files: [string, string | Uint8Array][] = [];
  if (given.out !== undefined) files.push([given.out, text]);
  if (given.svg !== undefined) files.push([given.svg, svg]);
  if (given.png !== undefined) files.push([given.png, await (await import("../report/png.ts")).pngOf(svg)]);
  await writeFiles(files, given.overwrite ?? false);
  return { figures, text };
}

/** The result of a fold over all rows of files; nothing but the result is kept. */
async function fold<T>(
  given: StatisticsOptions,
  name: string,
  report: Record<string, unknown>,
  steps: Parameters<typeof buildFiles>[1],
): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), "gristmill-"));
  try {
    let figures: T | null = null;
    const read = async ({ folds }: FinishedBuild): Promise<string[]> => {
      const path = folds.find((one) => one.name === name)?.path;
      if (path !== undefined) figures = JSON.parse(await readFile(path, "utf8")) as T;
      return [];
    };
    const inputs = given.inputs.map((path) => resolve(path));
    await buildFiles(work, steps, [{ token_report: report }], { ...given, inputs }, { reporter: read });
    if (figures === null) throw new GristmillError("GM_INTERNAL_STEP", "failed", "the figures were not counted");
    return figures;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
