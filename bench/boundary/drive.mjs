// One run driven from Node by the compiled package, for the boundary suite: `node drive.mjs [SPEC.json]`. Without a
// specification it only starts, to know what Node's own start costs.
import { readFileSync } from "node:fs";

const path = process.argv[2];
if (path !== undefined) {
  const { native, Run } = await import("../../dist/native/index.js");
  const spec = JSON.parse(readFileSync(path, "utf8"));
  native.configure({ threads: spec.threads, memoryBytes: 4 << 30 });
  const run = Run.open(spec.reader, spec.chain, spec.sink);
  let status = await run.wait(50);
  while (status.state === "running") status = await run.wait(50);
  run.close();
  if (status.result === null) throw new Error("the run was cancelled");
  const { rows, files } = status.result;
  process.stdout.write(`${JSON.stringify({ rows, sha256: files.map((file) => file.sha256) })}\n`);
}
