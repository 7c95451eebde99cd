import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addon,
  type CliResult,
  expectFailure,
  expectNoDataset,
  gristmill,
  manifestOf,
  root,
  visibleFiles,
} from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-folder-"));
const mounts: string[] = [];
afterAll(() => {
  for (const place of mounts) execFileSync("umount", [place]);
  rmSync(folder, { recursive: true, force: true });
});

const SAMPLE = join(root, "fixtures/recipes/discord/export.json.gz");
const build = (out: string, ...more: string[]): Promise<CliResult> =>
  gristmill(["build", "discord-dialogues", "-o", out, ...more], { cwd: folder });

/** A file system in memory of so many bytes; `null` where this process may not mount. */
function mounted(name: string, options: string): string | null {
  const place = join(folder, name);
  mkdirSync(place);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place], { stdio: "ignore" });
  } catch {
    return null;
  }
  mounts.push(place);
  return place;
}

describe.skipIf(!addon)("an output folder that is taken", () => {
  it("by files of others is refused and left as it was", async () => {
    const out = join(folder, "others");
    mkdirSync(out);
    writeFileSync(join(out, "thesis.txt"), "years of work");
    expectFailure(await build(out), 5, "GM_RUN_OUTPUT_EXISTS");
    expect(visibleFiles(out)).toEqual({ "thesis.txt": Buffer.from("years of work").toString("base64") });
    expect(existsSync(join(out, ".gristmill"))).toBe(false);
    // Even when told to write over what is there, files of others stay.
    const over = await build(out, "--overwrite");
    expect(over.code, over.stderr).toBe(0);
    expect(readFileSync(join(out, "thesis.txt"), "utf8")).toBe("years of work");
  });

  it("by another build is refused unless told to overwrite; the same build is up to date", async () => {
    const out = join(folder, "builds");
    expect((await build(out, "--limit", "400")).code).toBe(0);
    const before = visibleFiles(out);
    expectFailure(await build(out), 5, "GM_RUN_OUTPUT_EXISTS");
    expect(visibleFiles(out)).toEqual(before);
    const again = await build(out, "--limit", "400", "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ up_to_date: true });
    expect((await build(out, "--overwrite")).code).toBe(0);
    expect(manifestOf(out).build_id).not.toBe((JSON.parse(again.stdout) as { build_id: string }).build_id);
    expect((await gristmill(["verify", out])).code).toBe(0);
  });

  it("by a file", async () => {
    writeFileSync(join(folder, "file"), "x");
    expectFailure(await build(join(folder, "file")), 5, "GM_RUN_OUTPUT_EXISTS");
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("x");
  });

  it("by a build at work: the second one is refused at once, the first one ends well", async () => {
    const out = join(folder, "two");
    const first: { pid?: number | undefined; end?: Promise<CliResult> } = {};
    const second = await new Promise<CliResult>((resolve, reject) => {
      first.end = gristmill(["build", "discord-dialogues", "-o", out, "--log-format", "json"], {
        cwd: folder,
        onStderr(text, child) {
          if (first.pid !== undefined || !text.includes("stage_start")) return;
          first.pid = child.pid;
          // Held still, so that the second one surely meets it.
          child.kill("SIGSTOP");
          build(out)
            .then(resolve, reject)
            .finally(() => child.kill("SIGCONT"));
        },
      });
    });
    expectFailure(second, 1, "GM_RUN_LOCKED");
    expect(second.stderr).toContain(`process ${first.pid}`);
    expect((await first.end)?.code).toBe(0);
    expect((await gristmill(["verify", out, "--all"])).code).toBe(0);
  });
});

describe.skipIf(!addon)("a disk", () => {
  it("that is full: a clear end, no half of a data set, and the same bytes once there is room", async (context) => {
    const disk = mounted("small", "size=8m");
    if (disk === null) return context.skip("only root may mount a small disk");
    const whole = join(folder, "whole");
    expect((await build(whole)).code).toBe(0);
    // From no room at all up to almost enough, so that the end comes at many places.
    for (const free of [0, 60_000, 200_000, 400_000, 600_000, 800_000]) {
      const ballast = join(disk, "ballast");
      const out = join(disk, `out-${free}`);
      rmSync(ballast, { force: true });
      writeFileSync(ballast, Buffer.alloc(8 * 1024 * 1024 - free - 8192 * 2));
      const result = await build(out);
      if (result.code !== 0) {
        expectFailure(result, 1, "GM_RUN_DISK_FULL");
        expectNoDataset(out);
      }
      rmSync(ballast);
      const resumed = await build(out);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(visibleFiles(out)).toEqual(visibleFiles(whole));
      if (free === 0) expect(result.code).toBe(1);
      rmSync(out, { recursive: true });
    }
  });

  it("that is read-only", async (context) => {
    const disk = mounted("fixed", "size=1m,ro");
    if (disk === null) return context.skip("only root may mount a read-only disk");
    const result = await build(join(disk, "out"));
    expectFailure(result, 1, "GM_RUN_READ_ONLY");
    const step = await gristmill(["limit", SAMPLE, "--rows", "3", "-o", join(disk, "out.csv")], { cwd: folder });
    expect(step.code).toBe(1);
    expect(step.stderr).toMatch(/error\[GM_(RUN|IO)_READ_ONLY\]/);
  });
});

describe.skipIf(!addon)("input on the way", () => {
  let recipe: string;
  beforeAll(() => {
    recipe = join(folder, "two-steps.yaml");
    writeFileSync(
      recipe,
      "name: t\nsources:\n  - discord: in.json\nsteps:\n  - filter_messages\n  - build_dialogues\noutputs:\n  - dataset\n",
    );
  });

  it("that changes between an interrupted build and its resumption is never mixed with the old rows", async () => {
    const text = gunzipSync(readFileSync(SAMPLE)).toString("utf8");
    writeFileSync(join(folder, "in.json"), text);
    const out = join(folder, "changed");
    const killed = await gristmill(["build", recipe, "-o", out, "--log-format", "json"], {
      cwd: folder,
      onStderr: (line, child) => {
        if (line.includes('"task_done"')) child.kill("SIGKILL");
      },
    });
    expect(killed.signal).toBe("SIGKILL");
    expectNoDataset(out);
    writeFileSync(join(folder, "in.json"), text.replace(/"content": "[^"]/, '"content": "Q'));
    const resumed = await gristmill(["build", recipe, "-o", out], { cwd: folder });
    expect(resumed.code, resumed.stderr).toBe(0);
    const clean = join(folder, "clean");
    expect((await gristmill(["build", recipe, "-o", clean], { cwd: folder })).code).toBe(0);
    expect(visibleFiles(out)).toEqual(visibleFiles(clean));
  });
});
