// Checks what a build needs and says how to get what is missing. Run alone or imported by the other scripts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, run } from "./shell.mjs";

/** Checks everything; prints advice and ends the script if something needed is missing. */
export async function checkToolchain() {
  const findings = [checkNode(), await checkRust(), await checkCompiler(), await checkPython()];
  for (const { name, found, advice, needed } of findings) {
    if (found) process.stdout.write(`  ok       ${name} ${found}\n`);
    else process.stdout.write(`  ${needed ? "MISSING " : "absent  "} ${name}: ${advice}\n`);
  }
  if (findings.some(({ found, needed }) => needed && !found)) {
    process.stderr.write("\nSomething that is needed is missing; see above, then run the same command again.\n");
    process.exit(1);
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  return {
    name: "Node",
    needed: true,
    found: fits ? process.versions.node : "",
    advice: `this is ${process.versions.node}; needed is 20.19 or newer, or 22.12 or newer: https://nodejs.org`,
  };
}

async function checkRust() {
  const wanted = /channel\s*=\s*"([^"]+)"/.exec(readFileSync(join(root, "rust-toolchain.toml"), "utf8"))?.[1] ?? "";
  // With rustup this call fetches the pinned toolchain by itself, which may take a minute.
  const cargo = await run("cargo", ["--version"], { capture: true, quiet: true });
  const rustc = await run("rustc", ["--version"], { capture: true, quiet: true });
  const version = /(\d+)\.(\d+)\.\d+/.exec(rustc.stdout) ?? [];
  const [, major, minor] = wanted.match(/(\d+)\.(\d+)/) ?? [];
  const fits = cargo.code === 0 && rustc.code === 0 && version[1] === major && Number(version[2]) >= Number(minor);
  const present = rustc.code === 0 ? `this is ${rustc.stdout.trim()}; ` : "";
  return {
    name: "Rust",
    needed: true,
    found: fits ? version[0] : "",
    advice: `${present}needed is ${wanted} or newer: install rustup from https://rustup.rs, it picks the version itself`,
  };
}

async function checkCompiler() {
  const names = process.platform === "win32" ? ["cl"] : ["cc", "gcc", "clang"];
  for (const name of names) {
    const result = await run(name, ["--version"], { capture: true, quiet: true });
    if (result.code === 0) return { name: "C compiler", needed: true, found: result.stdout.split("\n")[0] };
  }
  const advice = {
    darwin: "xcode-select --install",
    win32: "install the Visual Studio Build Tools with the C++ workload",
    linux: "apt-get install gcc libc6-dev, or the like of your distribution",
  };
  return { name: "C compiler", needed: true, found: "", advice: advice[process.platform] ?? advice.linux };
}

async function checkPython() {
  const result = await run("python3", ["--version"], { capture: true, quiet: true });
  return {
    name: "Python",
    needed: false,
    found: result.code === 0 ? result.stdout.trim().replace("Python ", "") : "",
    advice: "only some comparisons with Python tools need it; they are skipped",
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await checkToolchain();
