import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BuildStatus, GcResult, Story, VerifyResult } from "../api/index.ts";
import { readBatches } from "../api/index.ts";
import {
  addon,
  expectBalanced,
  expectFailure,
  gristmill,
  gristmillJson,
  manifestOf,
  root,
  sharedChat,
  visibleFiles,
} from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-tasks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const whole = join(folder, "whole");

/** The shared chat where it is, since it has every kind of row; else the bundled sample. */
const input = existsSync(sharedChat)
  ? join(sharedChat, "export-*.json.gz")
  : join(root, "fixtures/recipes/discord/export.json.gz");
const vars = ["--var", `input=${input}`];

beforeAll(async () => {
  if (!addon) return;
  const result = await gristmill(["build", "discord-dialogues", "-o", whole, ...vars]);
  expect(result.code, result.stderr).toBe(0);
});

interface TraceRow {
  id: string;
  step: string;
  kind: string;
  reason: string;
  twin: string;
}

async function traceOf(out: string): Promise<TraceRow[]> {
  const rows: TraceRow[] = [];
  for (const name of readdirSync(join(out, "trace")).sort()) {
    for await (const batch of readBatches(join(out, "trace", name)))
      rows.push(...(batch.rows() as unknown as TraceRow[]));
  }
  return rows;
}

describe.skipIf(!addon)("a build made of single tasks", () => {
  it("in processes of their own has the same bytes", async () => {
    const out = join(folder, "tasks");
    const planned = await gristmill(["plan", "discord-dialogues", "-o", out, ...vars, "--json"]);
    expect(planned.code, planned.stderr).toBe(0);
    const { build_id, stages } = JSON.parse(planned.stdout) as { build_id: string; stages: { id: number }[] };
    const plan = join(out, ".gristmill", build_id, "plan.json");
    expectFailure(await gristmill(["task", plan, "--stage", "3", "--part", "0"]), 2, "GM_RUN_NOT_READY");
    expectFailure(await gristmill(["task", plan, "--stage", "99", "--part", "0"]), 2, "GM_RUN_NO_SUCH_STAGE");
    expectFailure(await gristmill(["task", plan, "--stage", "0", "--part", "9"]), 2, "GM_RUN_NO_SUCH_TASK");
    expectFailure(
      await gristmill(["task", join(out, "none.json"), "--stage", "0", "--part", "0"]),
      3,
      "GM_RUN_NO_PLAN",
    );
    for (const { id } of stages) {
      // How many tasks a stage has is known once the stages it reads are done.
      const status = await gristmillJson<BuildStatus>(["status", out]);
      const tasks = status.stages.find(({ stage }) => stage === id)?.tasks ?? 0;
      expect(tasks).toBeGreaterThan(0);
      for (let part = 0; part < tasks; part += 1) {
        const done = await gristmill(["task", plan, "--stage", String(id), "--part", String(part)]);
        expect(done.code, done.stderr).toBe(0);
      }
    }
    expect((await gristmillJson<BuildStatus>(["status", out])).stages.every(({ tasks, done }) => tasks === done)).toBe(
      true,
    );
    const last = await gristmill(["build", "discord-dialogues", "-o", out, ...vars, "--log-format", "json"]);
    expect(last.code, last.stderr).toBe(0);
    expect(last.stderr).not.toContain('"task_start"');
    expect(visibleFiles(out)).toEqual(visibleFiles(whole));
  });
});

describe.skipIf(!addon)("a finished build", () => {
  it("adds up, and says how far it is", async () => {
    expectBalanced(manifestOf(whole));
    const status = await gristmillJson<BuildStatus>(["status", whole]);
    expect(status.state).toBe("finished");
    expect(status.partsBytes).toBeGreaterThan(0);
    expectFailure(await gristmill(["status", folder]), 3, "GM_RUN_NO_BUILD");
  });

  it("tells the story of every kind of row", async () => {
    const trace = await traceOf(whole);
    const story = (id: string) => gristmillJson<Story>(["explain", id, "--in", whole]);
    const dropped = trace.find(({ kind, step }) => kind === "dropped" && step === "filter_messages");
    expect(await story(dropped?.id ?? "")).toMatchObject({
      fate: "dropped",
      lines: [
        { step: "read", what: "kept" },
        { step: "filter_messages", what: "dropped", reason: dropped?.reason },
      ],
    });
    const late = trace.find(({ kind, step }) => kind === "dropped" && step === "clean_chat");
    const cleaned = await story(late?.id ?? "");
    expect(
      cleaned.lines.some(
        (line) => line.step === "clean_chat" && line.what === "dropped" && line.reason === late?.reason,
      ),
    ).toBe(true);
    const twin = await story(trace.find(({ kind, step }) => kind === "dropped" && step === "dedupe")?.id ?? "");
    expect(twin.lines.find((line) => line.step === "dedupe" && line.what === "dropped")).toMatchObject({
      twin: expect.stringMatching(/^\d+/),
    });
    // A message of a dialogue that was written: merged into it, and from there to a file and a row.
    const gone = new Set(trace.filter(({ kind }) => kind === "dropped").map(({ id }) => id));
    const merged = trace.find(
      ({ id, kind, twin: into }) => kind === "merged" && into !== id && !gone.has(into) && !gone.has(`${into}-0`),
    );
    const kept = await story(merged?.id ?? "");
    expect(kept.fate).toBe("written");
    const written = kept.lines.at(-1);
    expect(written).toMatchObject({ step: "output", what: "written", path: "data/train-00000-of-00001.parquet" });
    expect((await gristmill(["explain", "no-such-row", "--in", whole])).code).toBe(3);
  });

  it("tells the story of a row that could not be read", async () => {
    const path = join(folder, "bad.jsonl");
    writeFileSync(path, '{"text":"a"}\n{bad\n{"text":"a"}\n');
    writeFileSync(
      join(folder, "bad.yaml"),
      "sources:\n  - jsonl: bad.jsonl\nsteps:\n  - dedupe: exact\noutputs:\n  - dataset\n",
    );
    const out = join(folder, "bad");
    expect((await gristmill(["build", join(folder, "bad.yaml"), "-o", out])).code).toBe(0);
    const row = (await traceOf(out)).find(({ kind }) => kind === "quarantined");
    const told = await gristmillJson<Story>(["explain", row?.id ?? "", "--in", out]);
    expect(told).toMatchObject({
      fate: "quarantined",
      lines: [{ step: "read", what: "quarantined", reason: "GM_READ_JSON" }],
    });
  });

  it("is verified: a flipped bit, a missing and a shorter file are found", async () => {
    const out = join(folder, "verify");
    expect((await gristmill(["build", "discord-dialogues", "-o", out])).code).toBe(0);
    expect((await gristmillJson<VerifyResult>(["verify", out, "--all"])).ok).toBe(true);
    const findings = async (...more: string[]) => {
      const result = await gristmill(["verify", out, "--json", ...more]);
      expect(result.code, result.stderr).toBe(4);
      return (JSON.parse(result.stdout) as VerifyResult).findings.map(({ path, problem }) => `${problem} ${path}`);
    };
    const altered = async (path: string, alter: (bytes: Buffer) => Buffer | null, ...more: string[]) => {
      const bytes = readFileSync(join(out, path));
      const other = alter(Buffer.from(bytes));
      rmSync(join(out, path));
      if (other !== null) writeFileSync(join(out, path), other);
      const found = await findings(...more);
      rmSync(join(out, path), { force: true });
      writeFileSync(join(out, path), bytes);
      return found;
    };
    const flip = (at: (length: number) => number) => (bytes: Buffer) => {
      const place = at(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      return bytes;
    };
    const data = "data/train-00000-of-00001.parquet";
    expect(
      await altered(
        data,
        flip((length) => length >> 1),
      ),
    ).toEqual([`content ${data}`]);
    expect(await altered(data, (bytes) => bytes.subarray(1))).toEqual([`size ${data}`]);
    expect(await altered(data, () => null)).toEqual([`missing ${data}`]);
    const parts = readdirSync(join(out, ".gristmill"), { recursive: true, encoding: "utf8" }).map((name) =>
      join(".gristmill", name),
    );
    const done = parts.find((name) => name.endsWith("stage-00/done/00000.json")) ?? "";
    expect(
      await altered(
        done,
        flip((length) => length >> 1),
        "--all",
      ),
    ).toEqual([`content ${done}`]);
    const part = parts.find((name) => /stage-05\/part-.*\.arrow$/.test(name)) ?? "";
    expect(
      await altered(
        part,
        flip((length) => length - 9),
        "--all",
      ),
    ).toEqual([`content ${part}`]);
    expect((await gristmill(["verify", out, "--all"])).code).toBe(0);
    expectFailure(await gristmill(["verify", folder]), 3, "GM_RUN_NO_MANIFEST");
  });

  it("frees its parts and keeps its data set", async () => {
    const out = join(folder, "gc");
    expect((await gristmill(["build", "discord-dialogues", "-o", out])).code).toBe(0);
    const before = visibleFiles(out);
    const freed = await gristmillJson<GcResult>(["gc", out]);
    expect(freed.freed).toBeGreaterThan(100_000);
    expect(visibleFiles(out)).toEqual(before);
    expect((await gristmill(["verify", out])).code).toBe(0);
    const again = await gristmill(["build", "discord-dialogues", "-o", out, "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ up_to_date: true });
    expectFailure(await gristmill(["gc", join(folder, "nothing")]), 3, "GM_RUN_NO_BUILD");
  });
});
