import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeBigExport } from "./big-export.ts";
import { addon, type CliResult, expectNoDataset, gristmill, root, visibleFiles } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-interrupt-"));
const input = join(folder, "export.json");
const recipe = join(folder, "chat.yaml");
let expected: Record<string, string>;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Big enough that a build is at work for seconds on any machine.
beforeAll(async () => {
  if (!addon) return;
  writeBigExport(input, 60e6);
  const text = readFileSync(join(root, "recipes/discord-dialogues.yaml"), "utf8");
  writeFileSync(recipe, text.replaceAll("../fixtures", join(root, "fixtures")));
  const whole = join(folder, "whole");
  const result = await gristmill(["build", recipe, "--var", `input=${input}`, "-o", whole]);
  expect(result.code, result.stderr).toBe(0);
  expected = visibleFiles(whole);
});

interface Stopped {
  result: CliResult;
  /** Milliseconds from the signal to the end. */
  after: number;
  out: string;
}

/** Builds and hands the process to `act` so many milliseconds after rows began to flow. */
async function stopped(name: string, ms: number, act: (child: ChildProcess) => void): Promise<Stopped> {
  const out = join(folder, name);
  let at = 0;
  let begun = false;
  const result = await gristmill(
    ["build", recipe, "--var", `input=${input}`, "-o", out, "--log-format", "json", "--no-keep"],
    {
      onStderr(text, child) {
        if (begun || !text.includes('"task_start"')) return;
        begun = true;
        setTimeout(() => {
          at = performance.now();
          act(child);
        }, ms);
      },
    },
  );
  return { result, after: performance.now() - at, out };
}

async function expectResumable(out: string): Promise<void> {
  expectNoDataset(out);
  expect(existsSync(join(out, ".gristmill/lock"))).toBe(false);
  const resumed = await gristmill(["build", recipe, "--var", `input=${input}`, "-o", out]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(visibleFiles(out)).toEqual(expected);
  const temporary = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".tmp"));
  expect(temporary).toEqual([]);
}

describe.skipIf(!addon)("a build that is told to stop", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s ends within 5 seconds with exit code 130 and can be resumed",
    async (signal) => {
      const { result, after, out } = await stopped(signal, 150, (child) => child.kill(signal));
      expect(result.code, result.stderr).toBe(130);
      expect(after).toBeLessThan(5_000);
      expect(result.stderr).toContain("stopping after what is under way");
      expect(result.stderr).toContain("error[GM_RUN_CANCELLED]");
      expect(result.stderr).not.toMatch(/^\s+at .*:\d+/m);
      await expectResumable(out);
    },
  );

  it("by Ctrl-C twice ends at once and can be resumed", async () => {
    const { result, after, out } = await stopped("twice", 250, (child) => {
      child.kill("SIGINT");
      setTimeout(() => child.kill("SIGINT"), 30);
    });
    expect(result.code, result.stderr).toBe(130);
    expect(after).toBeLessThan(2_000);
    expectNoDataset(out);
    const resumed = await gristmill(["build", recipe, "--var", `input=${input}`, "-o", out]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(visibleFiles(out)).toEqual(expected);
  });

  it("while a step runs as a command leaves nothing behind", async () => {
    let sent = false;
    const result = await gristmill(
      ["filter_messages", input, "-o", join(folder, "step.parquet"), "--log-format", "json"],
      {
        onStderr(text, child) {
          if (sent || !text.includes('"task_start"')) return;
          sent = true;
          child.kill("SIGINT");
        },
      },
    );
    expect(result.code, result.stderr).toBe(130);
    expect(readdirSync(folder).filter((name) => name.includes("step.parquet"))).toEqual([]);
  });
});
