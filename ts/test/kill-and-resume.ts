import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { gristmill, visibleFiles } from "./cli-process.ts";

const eventsIn = (text: string): number => text.match(/"event":/g)?.length ?? 0;

/**
 * Builds a recipe, then again as often as said: killed at a random moment and resumed, which has to end with the same
 * files. Gives these files.
 */
export async function killAndResume(recipe: string, kills: number): Promise<Record<string, string>> {
  const folder = dirname(recipe);
  // Many small files are slow to sync where others work on the same disk.
  const patient = { cwd: folder, timeoutMs: 240_000 };
  const build = (out: string): string[] => ["build", recipe, "-o", out, "--log-format", "json"];
  const fresh = (): string => mkdtempSync(join(folder, "out-"));
  const whole = fresh();
  const first = await gristmill(build(whole), patient);
  expect(first.code, first.stderr).toBe(0);
  const expected = visibleFiles(whole);
  const wholeEvents = eventsIn(first.stderr);
  // A kill that comes after the end proves nothing, so it does not count.
  for (let left = kills, rounds = 0; left > 0; rounds += 1) {
    expect(rounds, "kills come after the end").toBeLessThan(4 * kills);
    const out = fresh();
    const wanted = Math.ceil(Math.random() * wholeEvents * 0.9);
    const delay = Math.random() * 20;
    let seen = 0;
    await gristmill(build(out), {
      ...patient,
      onStderr(text, child) {
        const before = seen;
        seen += eventsIn(text);
        if (before < wanted && seen >= wanted) setTimeout(() => child.kill("SIGKILL"), delay);
      },
    });
    if (!existsSync(join(out, "manifest.json"))) left -= 1;
    const resumed = await gristmill(build(out), patient);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(visibleFiles(out), `killed after ${wanted} of ${wholeEvents} events`).toEqual(expected);
    rmSync(out, { recursive: true });
  }
  return expected;
}
