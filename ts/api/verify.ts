import { join, resolve } from "node:path";
import { GristmillError, Run } from "../native/index.ts";
import { buildFolder, guarded, pump, readDoneFile, readManifest, realDisk } from "../run/index.ts";
import type { VerifyFinding, VerifyResult } from "./types.ts";

interface Expected {
  path: string;
  bytes: number;
  sha256: string;
}

/** Options of {@link verify}. */
export interface VerifyOptions {
  /** Check the intermediate parts and done files as well. Default `false`. */
  all?: boolean;
  signal?: AbortSignal;
}

/** Recomputes the hashes of all data and trace files of a finished build. Findings are returned, not thrown. */
export async function verify(out: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  const folder = resolve(out);
  const manifest = await guarded(`read the manifest in ${out}`, () => readManifest(realDisk, folder));
  if (manifest === null) {
    throw new GristmillError(
      "GM_RUN_NO_MANIFEST",
      "input",
      `${out} holds no finished build: manifest.json is missing or not whole`,
      "run the build again in that folder",
    );
  }
  const findings: VerifyFinding[] = [];
  const expected: Expected[] = [...manifest.outputs, ...manifest.trace];
  if (options.all === true) expected.push(...(await parts(folder, manifest.build_id, findings)));
  const hashed: Expected[] = [];
  for (const file of expected) {
    const size = await realDisk.size(join(folder, file.path));
    if (size === null) findings.push({ path: file.path, problem: "missing", message: "the file is not there" });
    else if (size !== file.bytes)
      findings.push({
        path: file.path,
        problem: "size",
        message: `${file.bytes} bytes were written, ${size} are there`,
      });
    else hashed.push(file);
  }
  for (const report of manifest.reports) {
    if ((await realDisk.size(join(folder, report))) === null)
      findings.push({ path: report, problem: "missing", message: "the file is not there" });
  }
  findings.push(...(await compare(folder, hashed, options.signal ?? new AbortController().signal)));
  findings.sort((a, b) => (a.path < b.path ? -1 : 1));
  const bytes = expected.reduce((sum, file) => sum + file.bytes, 0);
  return {
    out: folder,
    buildId: manifest.build_id,
    files: expected.length,
    bytes,
    ok: findings.length === 0,
    findings,
  };
}

async function compare(folder: string, files: readonly Expected[], signal: AbortSignal): Promise<VerifyFinding[]> {
  const findings: VerifyFinding[] = [];
  for (const file of files) {
    try {
      const result = await pump(Run.job({ job: "hash", paths: [join(folder, file.path)] }), signal, () => undefined);
      if (result.hashes?.[0]?.sha256 !== file.sha256) {
        findings.push({ path: file.path, problem: "content", message: "the content is not what was written" });
      }
    } catch (error) {
      if (error instanceof GristmillError && error.kind === "cancelled") throw error;
      findings.push({
        path: file.path,
        problem: "unreadable",
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return findings;
}

/** The files that the done files of the build speak of; damaged done files are findings themselves. */
async function parts(out: string, buildId: string, findings: VerifyFinding[]): Promise<Expected[]> {
  const { build } = buildFolder(out, buildId);
  const expected: Expected[] = [];
  for (const stage of (await realDisk.list(build)).filter((name) => name.startsWith("stage-"))) {
    const done = join(build, stage, "done");
    for (const name of (await realDisk.list(done)).filter((one) => !one.startsWith("."))) {
      const below = join(".gristmill", buildId, stage);
      const record = await readDoneFile(realDisk, join(done, name));
      if (record === null) {
        findings.push({
          path: join(below, "done", name),
          problem: "content",
          message: "the record of a task is damaged",
        });
        continue;
      }
      for (const file of record.files)
        expected.push({ path: join(below, file.name), bytes: file.bytes, sha256: file.sha256 });
    }
  }
  return expected;
}
