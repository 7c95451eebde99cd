// What the scripts share: running commands and hashing sources. No dependencies: they run before `npm install`.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a command in the repository. `capture`: keeps its standard output; its errors are shown all the same. */
export function run(command, args, { capture = false, env = {}, quiet = false } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", capture ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
      shell: process.platform === "win32",
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", (error) => done({ code: 127, stdout, stderr: error.message }));
    child.on("close", (code, signal) => done({ code: code ?? (signal ? 128 : 1), stdout, stderr }));
  });
}

/** Runs a command that has to succeed; ends the script with its code if it does not. */
export async function must(what, command, args, options) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    if (options?.capture) process.stdout.write(result.stdout);
    process.stderr.write(result.stderr);
    process.stderr.write(`\n${what} failed (exit code ${result.code}): ${command} ${args.join(" ")}\n`);
    process.exit(1);
  }
  return result;
}

/** Hash of the content of files and folders; hidden files and what builds leave behind do not count. */
export function hashOf(paths, extra = "") {
  const hash = createHash("sha256").update(extra);
  for (const path of paths.flatMap((name) => filesBelow(join(root, name)))) {
    hash.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith(".") && entry.name !== "node_modules" && entry.name !== "target")
    .map((entry) => join(path, entry.name))
    .sort()
    .flatMap(filesBelow);
}

/** Content of a stamp file, empty if it is not there. */
export function readStamp(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
