/** One engine of one suite in a process of its own: `cell.ts SUITE ENGINE REPEAT THREADS`, a JSON line at the end. */
import type { Cell } from "./suite.ts";
import { SUITES } from "./suites/index.ts";

const [suiteName, engineName, repeat, threads] = process.argv.slice(2);
const engine = SUITES.find((suite) => suite.name === suiteName)?.engines.find((one) => one.name === engineName);
if (engine === undefined) throw new Error(`no engine ${engineName} in suite ${suiteName}`);
const prepared = await engine.prepare(Number(threads));
if (prepared === undefined) {
  process.stdout.write("null\n");
} else {
  const check = await prepared.check();
  const runs: Cell["runs"] = [];
  for (let i = 0; i < Number(repeat); i++) {
    await prepared.renew?.();
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    await prepared.run();
    const wall = Number(process.hrtime.bigint() - start) / 1e9;
    const { user, system } = process.cpuUsage(cpu);
    runs.push({ cpu_s: (user + system) / 1e6, wall_s: wall });
  }
  const cell: Cell = { check, runs, peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024) };
  process.stdout.write(`${JSON.stringify(cell)}\n`);
}
