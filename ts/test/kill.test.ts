import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { addon, expectNoDataset, gristmill, manifestOf, root, sharedChat, visibleFiles } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-kill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `GRISTMILL_KILLS=50` for the whole proof; a few in every run of the suite. */
const KILLS = Number(process.env.GRISTMILL_KILLS ?? 6);

/** Lines of the JSON log. */
const eventsIn = (text: string) => text.match(/"event":/g)?.length ?? 0;

const inputs = [
  { name: "the bundled sample", vars: [] as string[], present: true },
  {
    name: "the shared chat",
    vars: ["--var", `input=${join(sharedChat, "export-*.json.gz")}`],
    present: existsSync(sharedChat),
  },
];

describe.skipIf(!addon).each(inputs)("the Discord recipe on $name", ({ name, vars, present }) => {
  const build = (out: string, ...more: string[]) => ["build", "discord-dialogues", "-o", out, ...vars, ...more];
  const fresh = () => mkdtempSync(join(folder, "out-"));
  let whole: Record<string, string> | undefined;
  let wholeEvents = 0;

  /** The unbroken build, made once. */
  async function unbroken(): Promise<Record<string, string>> {
    if (whole === undefined) {
      const out = fresh();
      const result = await gristmill(build(out, "--log-format", "json"));
      expect(result.code, result.stderr).toBe(0);
      wholeEvents = eventsIn(result.stderr);
      whole = visibleFiles(out);
      expect(Object.keys(whole).length).toBeGreaterThan(5);
    }
    return whole;
  }

  it.skipIf(!present)("gives the same bytes with 1, 2 and 7 threads", async () => {
    const expected = await unbroken();
    for (const threads of ["1", "2", "7"]) {
      const out = fresh();
      const result = await gristmill(build(out, "--threads", threads));
      expect(result.code, result.stderr).toBe(0);
      expect(visibleFiles(out), `${threads} threads`).toEqual(expected);
    }
  });

  it.skipIf(!present)(
    `killed at ${KILLS} random moments and resumed, ends with the same bytes`,
    async () => {
      const expected = await unbroken();
      let inTheMiddle = 0;
      for (let round = 0; round < KILLS; round += 1) {
        const out = fresh();
        const stages = new Set<string>();
        // So many events, then a moment more: where that is in the build does not depend on how busy the machine is.
        const wanted = Math.ceil(Math.random() * wholeEvents * 0.9);
        const delay = Math.random() * 20;
        const at = `${wanted} of ${wholeEvents} events and ${delay.toFixed(1)} ms`;
        let seen = 0;
        const killed = await gristmill(build(out, "--log-format", "json"), {
          onStderr(text, child) {
            for (const [, stage] of text.matchAll(/"stage_start".*?"stage":(\d+)/g)) stages.add(stage ?? "");
            const before = seen;
            seen += eventsIn(text);
            if (before < wanted && seen >= wanted) setTimeout(() => child.kill("SIGKILL"), delay);
          },
        });
        if (killed.signal === "SIGKILL" && !existsSync(join(out, "manifest.json"))) inTheMiddle += 1;
        const resumed = await gristmill(build(out));
        expect(resumed.code, `${name}, killed after ${at} in stage ${stages.size}: ${resumed.stderr}`).toBe(0);
        expect(visibleFiles(out), `killed after ${at} in stage ${stages.size}`).toEqual(expected);
        rmSync(out, { recursive: true });
      }
      // A kill that comes after the end proves nothing.
      expect(inTheMiddle).toBeGreaterThanOrEqual(Math.floor(KILLS / 2));
    },
    60_000 + KILLS * 20_000,
  );

  it.skipIf(!present)("survives several kills of one build", async () => {
    const expected = await unbroken();
    const out = fresh();
    for (let round = 0; round < 4; round += 1) {
      await gristmill(build(out, "--log-format", "json"), {
        onStderr(text, child) {
          if ((text.match(/"task_done"/g)?.length ?? 0) > 0) child.kill("SIGKILL");
        },
      });
    }
    const resumed = await gristmill(build(out));
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(visibleFiles(out)).toEqual(expected);
  });
});

describe.skipIf(!addon)("a changed recipe", () => {
  interface Event {
    event: string;
    stage?: number;
    from?: string;
  }
  const events = (stderr: string): Event[] =>
    stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Event);

  it("runs again only what follows the change", async () => {
    const text = readFileSync(join(root, "recipes/discord-dialogues.yaml"), "utf8").replaceAll(
      "../fixtures",
      join(root, "fixtures"),
    );
    const recipe = join(folder, "mine.yaml");
    const out = join(folder, "changed");
    writeFileSync(recipe, text);
    expect((await gristmill(["build", recipe, "-o", out])).code).toBe(0);
    const before = manifestOf(out);
    // The last step that regroups rows: everything up to its key fold is as it was.
    writeFileSync(recipe, text.replace("- sort_by_richness", "- sort_by_richness: { char_count: true }"));
    const second = await gristmill(["build", recipe, "-o", out, "--overwrite", "--log-format", "json"]);
    expect(second.code, second.stderr).toBe(0);
    const all = events(second.stderr);
    const ran = new Set(all.filter(({ event }) => event === "task_start").map(({ stage }) => stage));
    const reused = new Set(all.filter(({ event }) => event === "task_reused").map(({ stage }) => stage));
    const stages = [...new Set(all.filter(({ event }) => event === "stage_start").map(({ stage }) => stage ?? -1))];
    expect(reused.size).toBeGreaterThanOrEqual(9);
    // What ran lies behind all that was taken over.
    const last = Math.max(...[...reused].map((stage) => stage ?? -1));
    expect([...ran].every((stage) => !reused.has(stage))).toBe(true);
    expect(stages.filter((stage) => stage > last).every((stage) => ran.has(stage))).toBe(true);
    expect(manifestOf(out).build_id).not.toBe(before.build_id);
    // What was put together from old and new tasks is what a build from nothing gives.
    const clean = join(folder, "clean");
    expect((await gristmill(["build", recipe, "-o", clean])).code).toBe(0);
    expect(visibleFiles(out)).toEqual(visibleFiles(clean));
  });

  it("runs again only the outputs when only an output changed", async () => {
    const text = readFileSync(join(root, "recipes/discord-dialogues.yaml"), "utf8").replaceAll(
      "../fixtures",
      join(root, "fixtures"),
    );
    const recipe = join(folder, "output.yaml");
    const out = join(folder, "outputs");
    writeFileSync(recipe, text);
    expect((await gristmill(["build", recipe, "-o", out])).code).toBe(0);
    writeFileSync(recipe, text.replace("format: parquet", "format: jsonl"));
    const second = await gristmill(["build", recipe, "-o", out, "--overwrite", "--log-format", "json"]);
    expect(second.code, second.stderr).toBe(0);
    const all = events(second.stderr);
    expect(all.filter(({ event }) => event === "task_start").length).toBe(1);
    expect(manifestOf(out).outputs[0]?.path).toMatch(/\.jsonl$/);
    expect((await gristmill(["verify", out, "--all"])).code).toBe(0);
  });
});

describe.skipIf(!addon)("parts", () => {
  it("are freed with --no-keep, and nothing of a data set is there before its end", async () => {
    const out = join(folder, "lean");
    let early: string[] = [];
    const result = await gristmill(["build", "discord-dialogues", "-o", out, "--no-keep", "--log-format", "json"], {
      onStderr(text) {
        if (text.includes('"stage_done"') && early.length === 0 && !text.includes('"build_done"')) {
          try {
            expectNoDataset(out);
          } catch {
            early = Object.keys(visibleFiles(out));
          }
        }
      },
    });
    expect(result.code, result.stderr).toBe(0);
    expect(early.filter((name) => name === "manifest.json")).toEqual([]);
    expect((await gristmill(["status", out, "--json"])).code).toBe(0);
  });
});
