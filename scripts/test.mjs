// `npm test`: builds what is stale, runs every check, sums up, and ends with `N passed, N failed`.
//   --ci   also the TypeScript suites on Node 24, and that the tree is as it was committed
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll } from "./build.mjs";
import { root, run } from "./shell.mjs";
import { checkToolchain } from "./toolchain.mjs";

const ci = process.argv.includes("--ci");
const bin = (name) => join(root, "node_modules", ".bin", name);
const results = [];

/** A check that either passes or fails as a whole. */
async function check(name, command, args) {
  process.stdout.write(`\n== ${name}\n`);
  const started = Date.now();
  const { code, stdout, stderr } = await run(command, args, { capture: true, quiet: true });
  if (code !== 0) process.stdout.write(`${stdout}${stderr}`);
  record(name, code === 0 ? 1 : 0, code === 0 ? [] : [`${name}: exit code ${code}`], started);
}

function record(name, passed, failures, started) {
  results.push({ name, passed, failures });
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  process.stdout.write(`   ${passed} passed, ${failures.length} failed (${seconds} s)\n`);
}

/** Adds up the results of every test binary; a binary that cannot be built or crashes is a failure too. */
async function cargoTest() {
  process.stdout.write("\n== cargo test\n");
  const started = Date.now();
  const { code, stdout, stderr } = await run("cargo", ["test", "--workspace", "--no-fail-fast"], {
    capture: true,
    quiet: true,
  });
  let passed = 0;
  for (const match of stdout.matchAll(/^test result: \w+\. (\d+) passed/gm)) passed += Number(match[1]);
  const failures = [...stdout.matchAll(/^test (\S.*) \.\.\. FAILED$/gm)].map((match) => `cargo test: ${match[1]}`);
  if (code !== 0 && failures.length === 0) failures.push(`cargo test: exit code ${code}`);
  if (failures.length > 0) process.stdout.write(`${stdout.slice(-20_000)}${stderr.slice(-10_000)}`);
  record("cargo test", passed, failures, started);
}

async function vitest(name, node) {
  process.stdout.write(`\n== ${name}\n`);
  const started = Date.now();
  const report = join(tmpdir(), `gristmill-vitest-${process.pid}.json`);
  const entry = join(root, "node_modules", "vitest", "vitest.mjs");
  const { code, stdout, stderr } = await run(
    node,
    [entry, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    { capture: true, quiet: true, env: { NO_COLOR: "1" } },
  );
  const outcome = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
  rmSync(report, { force: true });
  const files = outcome?.testResults ?? [];
  const failures = files.flatMap((file) => {
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && file.status === "failed") return [`${name}: ${file.name}: ${file.message}`];
    return failed.map((test) => `${name}: ${test.fullName}`);
  });
  if (code !== 0 && failures.length === 0) failures.push(`${name}: exit code ${code}`);
  if (failures.length > 0) process.stdout.write(`${stdout.slice(-20_000)}${stderr.slice(-20_000)}`);
  record(name, outcome?.numPassedTests ?? 0, failures, started);
}

/** The binary of Node 24 comes in npm's `node` package; it is put where it cannot disturb the tree. */
async function vitestOnNode24() {
  const prefix = join(root, "target", "node24");
  mkdirSync(prefix, { recursive: true });
  const binary = join(prefix, "node_modules", "node", "bin", "node");
  if (!existsSync(binary)) {
    await run("npm", ["install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", "node@24"], {
      quiet: true,
    });
  }
  if (existsSync(binary)) await vitest("vitest on Node 24", binary);
  else record("vitest on Node 24", 0, ["vitest on Node 24: npm could not install node@24"], Date.now());
}

async function treeIsClean() {
  process.stdout.write("\n== tree is clean\n");
  const started = Date.now();
  const { code, stdout } = await run("git", ["status", "--porcelain"], { capture: true, quiet: true });
  const dirty = code !== 0 ? ["tree is clean: git status failed"] : stdout.split("\n").filter(Boolean);
  record(
    "tree is clean",
    dirty.length === 0 ? 1 : 0,
    dirty.map((line) => `not as committed: ${line}`),
    started,
  );
}

const started = Date.now();
process.stdout.write("Toolchain\n");
await checkToolchain();
process.stdout.write("\nBuild\n");
await buildAll({ profile: "fast", anyProfile: true });

await check("biome", bin("biome"), ["check", "."]);
await check("tsc", bin("tsc"), ["-p", "tsconfig.json"]);
await check("cargo fmt", "cargo", ["fmt", "--all", "--check"]);
await check("clippy", "cargo", ["clippy", "--workspace", "--all-targets", "--quiet"]);
if (existsSync(join(root, "ts", "cli", "manual.ts"))) {
  await check("manual", process.execPath, ["--import", "tsx", "ts/cli/manual.ts", "--check"]);
}
await cargoTest();
await vitest("vitest", process.execPath);
if (ci) {
  await vitestOnNode24();
  await treeIsClean();
}

const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failures = results.flatMap((result) => result.failures);
process.stdout.write(`\nSummary (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
for (const { name, passed: good, failures: bad } of results) {
  process.stdout.write(`  ${bad.length === 0 ? "ok  " : "FAIL"} ${name}: ${good} passed, ${bad.length} failed\n`);
}
for (const failure of failures) process.stdout.write(`  FAILED ${failure}\n`);
process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
