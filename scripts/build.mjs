// Brings node_modules, the addon and dist/ up to date; does nothing for what already is.
//   node scripts/build.mjs [--profile release|fast] [--any-profile]
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hashOf, must, readStamp, root } from "./shell.mjs";

const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const bin = (name) => join(root, "node_modules", ".bin", name);

/** Everything that decides what the addon does. */
const NATIVE_SOURCES = ["crates", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml"];

/**
 * `profile`: how the addon is compiled, `release` (slow to build, full speed) or `fast`.
 * `anyProfile`: an addon of these sources in the other profile will do.
 */
export async function buildAll({ profile = "release", anyProfile = false } = {}) {
  await installModules();
  await buildAddon(profile, anyProfile);
  await buildDist();
}

async function installModules() {
  const stamp = join(root, "node_modules", ".gristmill-stamp");
  const wanted = hashOf(["package-lock.json"], process.platform + process.arch);
  if (existsSync(bin("tsc")) && readStamp(stamp) === wanted) return;
  // Not `npm ci`: it refuses a lock file without the packages of every platform, and registries that mirror only
  // some of them give such lock files. Without saving, the locked versions are installed and the lock stays as it is.
  const args = ["install", "--no-save", "--no-audit", "--no-fund"];
  await timed("installing packages", () => must("npm install", npm, args));
  writeFileSync(stamp, wanted);
}

async function buildAddon(profile, anyProfile) {
  const stamp = join(root, "target", "addon.stamp");
  const wanted = hashOf(NATIVE_SOURCES);
  const [built, builtProfile] = readStamp(stamp).split(" ");
  const there = existsSync(join(root, "bindings", "index.js")) && addons().length > 0;
  if (there && built === wanted && (anyProfile || builtProfile === profile || builtProfile === "release")) return;
  const args = ["--platform", "--esm", "--no-const-enum", "--manifest-path", "crates/gristmill-node/Cargo.toml"];
  args.push("--output-dir", "bindings", "--js", "index.js", "--dts", "index.d.ts");
  args.push(...(profile === "release" ? ["--release"] : ["--profile", profile]));
  await timed(`building the addon (${profile}; some minutes the first time)`, () =>
    must("building the addon", bin("napi"), ["build", ...args]),
  );
  writeFileSync(stamp, `${wanted} ${profile}`);
}

function addons() {
  return readdirSync(join(root, "bindings")).filter((name) => name.endsWith(".node"));
}

async function buildDist() {
  const stamp = join(root, "dist", ".stamp");
  const wanted = hashOf(["ts", "tsconfig.json", "tsconfig.build.json"]);
  if (readStamp(stamp) === wanted) return;
  await timed("compiling TypeScript", async () => {
    rmSync(join(root, "dist"), { recursive: true, force: true });
    await must("tsc", bin("tsc"), ["-p", "tsconfig.build.json"]);
  });
  writeFileSync(stamp, wanted);
}

async function timed(what, work) {
  process.stdout.write(`  ${what}\n`);
  const started = Date.now();
  await work();
  process.stdout.write(`  done in ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf("--profile");
  const profile = at < 0 ? "release" : process.argv[at + 1];
  if (profile !== "release" && profile !== "fast") {
    process.stderr.write("--profile release or --profile fast\n");
    process.exit(2);
  }
  await buildAll({ profile, anyProfile: process.argv.includes("--any-profile") });
}
