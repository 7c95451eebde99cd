import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GristmillError } from "../native/index.ts";
import { type BuildRequest, runBuild } from "./build.ts";
import type { BuildEvent } from "./events.ts";
import { failingDisk } from "./test/failing-disk.ts";
import { fakeAddon } from "./test/fake-addon.ts";
import { freshFolder, smallPlan, visible } from "./test/small-build.ts";

function request(root: string, change: Partial<BuildRequest> = {}): BuildRequest {
  const plan = change.plan ?? smallPlan(join(root, "in"));
  const fingerprints = plan.stages.map((stage) => JSON.stringify({ ...stage, id: 0 }));
  return { plan, fingerprints, out: join(root, "out"), version: "1", addon: fakeAddon(), reporter: null, ...change };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof GristmillError ? error.code : String(error);
  }
  return "none";
}

describe("a build", () => {
  it("writes outputs with counts that add up, and nothing else", async () => {
    const root = freshFolder();
    const { manifest } = await runBuild(request(root));
    expect(Object.keys(visible(join(root, "out")))).toEqual(["data/train-00000-of-00001.parquet", "manifest.json"]);
    expect(manifest.steps).toEqual([
      { name: "read", shape: "read", rows_in: 6, made: 0, rows_out: 6, dropped: {}, merged: 0, quarantined: 0 },
      { name: "first", shape: "map", rows_in: 6, made: 0, rows_out: 6, dropped: {}, merged: 0, quarantined: 0 },
      {
        name: "last",
        shape: "map",
        rows_in: 6,
        made: 0,
        rows_out: 4,
        dropped: { has_a: 2 },
        merged: 0,
        quarantined: 0,
      },
    ]);
    expect(manifest.outputs[0]?.rows).toBe(4);
  });

  it("is only looked at when it is finished, and runs again when a file is gone", async () => {
    const root = freshFolder();
    await runBuild(request(root));
    const again = fakeAddon();
    expect((await runBuild(request(root, { addon: again }))).upToDate).toBe(true);
    expect(again.opened).toEqual([]);
    const shard = join(root, "out/data/train-00000-of-00001.parquet");
    const text = readFileSync(shard, "utf8");
    rmSync(shard);
    expect((await runBuild(request(root, { addon: again }))).upToDate).toBe(false);
    expect(readFileSync(shard, "utf8")).toBe(text);
  });

  it("refuses a folder with other things in it and leaves them alone", async () => {
    const root = freshFolder();
    mkdirSync(join(root, "out"));
    writeFileSync(join(root, "out/notes.txt"), "mine");
    expect(await codeOf(runBuild(request(root)))).toBe("GM_RUN_OUTPUT_EXISTS");
    expect(readdirSync(join(root, "out"))).toEqual(["notes.txt"]);
    await runBuild(request(root, { overwrite: true }));
    expect(readFileSync(join(root, "out/notes.txt"), "utf8")).toBe("mine");
  });

  it("never replaces a folder of someone else, whatever the flags", async () => {
    const root = freshFolder();
    mkdirSync(join(root, "out/data"), { recursive: true });
    writeFileSync(join(root, "out/data/thesis.docx"), "mine");
    expect(await codeOf(runBuild(request(root, { overwrite: true })))).toBe("GM_RUN_OUTPUT_EXISTS");
    expect(readFileSync(join(root, "out/data/thesis.docx"), "utf8")).toBe("mine");
  });

  it("with another last step re-runs only what follows, and only with overwrite", async () => {
    const root = freshFolder();
    await runBuild(request(root));
    const plan = smallPlan(join(root, "in"), "b2", "upper");
    expect(await codeOf(runBuild(request(root, { plan })))).toBe("GM_RUN_OUTPUT_EXISTS");
    const addon = fakeAddon();
    const events: BuildEvent[] = [];
    await runBuild(request(root, { plan, addon, overwrite: true, onEvent: (event) => events.push(event) }));
    expect(addon.opened).toEqual(["stage-01/part-00000", "stage-01/part-00001", "stage-02/out-00000"]);
    expect(events.filter((event) => event.event === "task_reused")).toMatchObject([
      { stage: 0, task: 0, from: "takeover" },
      { stage: 0, task: 1, from: "takeover" },
    ]);
  });

  it("notices a step that gives other bytes for the same input", async () => {
    const root = freshFolder();
    let n = 0;
    await runBuild(request(root, { addon: fakeAddon(() => `salt ${n++}`) }));
    const done = join(root, "out/.gristmill/b1/stage-00");
    for (const name of readdirSync(done)) if (name.startsWith("part-00001")) rmSync(join(done, name));
    rmSync(join(root, "out/manifest.json"));
    const outcome = codeOf(runBuild(request(root, { addon: fakeAddon(() => `salt ${n++}`) })));
    expect(await outcome).toBe("GM_RUN_NONDETERMINISTIC");
  });

  it("stops when an input changed since the plan", async () => {
    const root = freshFolder();
    const made = request(root);
    writeFileSync(join(root, "in/two.txt"), "longer than it was before, by far\n");
    expect(await codeOf(runBuild(made))).toBe("GM_RUN_INPUT_CHANGED");
  });

  it("refuses a second build while one is at work, and takes over the lock of a dead one", async () => {
    const root = freshFolder();
    const processes = { self: () => ({ pid: 1, host: "here", start: "a" }), isAlive: () => true };
    const state = join(root, "out/.gristmill");
    mkdirSync(state, { recursive: true });
    writeFileSync(join(state, "lock"), JSON.stringify({ pid: 7, host: "here", start: "b" }));
    expect(await codeOf(runBuild(request(root, { processes })))).toBe("GM_RUN_LOCKED");
    await runBuild(request(root, { processes: { ...processes, isAlive: () => false } }));
    expect(existsSync(join(state, "lock"))).toBe(false);
  });

  it("ends as cancelled after an abort and goes on from there", async () => {
    const root = freshFolder();
    const stop = new AbortController();
    const onEvent = (event: BuildEvent) => {
      if (event.event === "task_done" && event.stage === 0) stop.abort();
    };
    expect(await codeOf(runBuild(request(root, { signal: stop.signal, onEvent })))).toBe("GM_RUN_CANCELLED");
    const addon = fakeAddon();
    await runBuild(request(root, { addon }));
    expect(addon.opened).not.toContain("stage-00/part-00000");
  });
});

describe.each([
  ["killed", "EIO", true, 1],
  ["failing once", "EIO", false, 2],
  ["without room", "ENOSPC", true, 5],
])("a build %s at its n-th file operation", (_, code, dead, stride) => {
  it("leaves nothing half-written and ends with the same bytes when run again", async () => {
    const whole = freshFolder();
    await runBuild(request(whole));
    // Paths of inputs stand in the manifest, so both builds read the same ones.
    const plan = smallPlan(join(whole, "in"));
    const expected = visible(join(whole, "out"));
    for (let n = 1; ; n += stride) {
      const root = freshFolder();
      const { disk, calls } = failingDisk(n, code, dead);
      const outcome = await codeOf(runBuild(request(root, { plan, disk })));
      if (calls() < n) break;
      if (outcome !== "none") {
        expect(outcome).toBe(code === "ENOSPC" ? "GM_RUN_DISK_FULL" : "GM_RUN_IO");
        // Names beside a manifest are whole; without one the folder says that it is unfinished.
        if (existsSync(join(root, "out/manifest.json"))) expect(visible(join(root, "out"))).toEqual(expected);
      }
      // The lock of a killed build is that of a dead process; here the process lives on.
      await runBuild(
        request(root, { plan, processes: { self: () => ({ pid: 1, host: "h", start: null }), isAlive: () => false } }),
      );
      expect(visible(join(root, "out"))).toEqual(expected);
      rmSync(root, { recursive: true });
    }
  });
});
