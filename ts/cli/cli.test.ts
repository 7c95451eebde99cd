import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { STEPS } from "../steps/index.ts";
import { COMMANDS } from "./registry.ts";

const entry = fileURLToPath(new URL("entry.ts", import.meta.url));
const tsx = import.meta.resolve("tsx");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gristmill-cli-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

function gristmill(...args: string[]): Promise<Result> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ["--import", tsx, entry, ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", GRISTMILL_DEBUG: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", failed);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

describe("help", () => {
  it("lists every command and every step on standard output", async () => {
    const { code, stdout, stderr } = await gristmill("--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { name, summary } of [...COMMANDS, ...STEPS]) {
      expect(stdout).toContain(name);
      expect(stdout).toContain(summary);
    }
  });

  it("shows options, defaults and an example of a command and of a step", async () => {
    const [build, step] = await Promise.all([gristmill("build", "--help"), gristmill("min-turns", "-h")]);
    expect(build.code).toBe(0);
    expect(build.stdout).toContain("--max-bad-rows");
    expect(build.stdout).toContain("gristmill build discord-dialogues -o out");
    expect(step.code).toBe(0);
    expect(step.stdout).toContain("Also called: filterturns");
    expect(step.stdout).toMatch(/--min\b.*/);
    expect(step.stdout).toContain("Examples:");
  });

  it("prints the version alone", async () => {
    const { code, stdout } = await gristmill("--version");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("shows help and fails when there is no command", async () => {
    const { code, stdout, stderr } = await gristmill();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: gristmill");
  });
});

describe("mistakes", () => {
  const cases: [name: string, args: string[], code: number, said: RegExp][] = [
    ["unknown command", ["biuld"], 2, /error\[GM_CLI_USAGE\]: no command biuld\ntry: did you mean build\?/],
    ["unknown option", ["build", "x.yaml", "--overwrit"], 2, /did you mean --overwrite\?/],
    ["unknown letter", ["build", "x.yaml", "-z"], 2, /unknown option -z/],
    ["missing argument", ["build"], 2, /RECIPE is missing/],
    ["too many arguments", ["gc", "a", "b"], 2, /nothing is done with b/],
    ["missing needed option", ["min_turns", "a.csv"], 2, /-o, --out is missing/],
    ["no output folder", ["build", join(fileURLToPath(import.meta.url))], 2, /-o, --out is missing/],
    [
      "bad number",
      ["build", fileURLToPath(import.meta.url), "-o", "o", "--limit", "many"],
      2,
      /--limit many: not a number/,
    ],
    ["bad choice", ["build", "x", "-o", "o", "--parts", "csv"], 2, /parts/],
    ["option twice", ["build", "x", "-o", "a", "-o", "b"], 2, /--out is given 2 times/],
    ["option without value", ["build", "x", "-o"], 2, /error\[GM_CLI_USAGE\]/],
    ["unknown recipe", ["build", "no-such-recipe", "-o", "o"], 3, /error\[GM_RECIPE_NOT_FOUND\]/],
    ["missing file", ["inspect", "nowhere.csv"], 3, /error\[GM_IO_NOT_FOUND\]/],
    ["unknown shell", ["completion", "tcsh"], 2, /no completion for tcsh/],
  ];
  it.each(cases)("%s", async (_name, args, code, said) => {
    const result = await gristmill(...args);
    expect(result.stderr).toMatch(said);
    expect(result.stderr).not.toMatch(/^\s+at /m);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
  });

  it("gives one JSON document with --json", async () => {
    const { code, stdout, stderr } = await gristmill("build", "no-such-recipe", "-o", "o", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "GM_RECIPE_NOT_FOUND", kind: "input" } });
    expect(stderr).toContain("error[GM_RECIPE_NOT_FOUND]");
  });

  it("shows the stack with -v only", async () => {
    const { code, stderr } = await gristmill("inspect", "nowhere.csv", "-v");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^\s+at /m);
  });

  it("never lets control characters and direction marks through", async () => {
    const { stderr } = await gristmill("build", "\u001b]0;owned\u0007\u202eevil\u009b", "-o", "o");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the purpose
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/);
    expect(stderr).toContain("\\u{1b}]0;owned\\u{7}\\u{202e}evil\\u{9b}");
  });
});

describe("completion", () => {
  it.each(["bash", "zsh", "fish"])("%s names all commands and steps", async (shell) => {
    const { code, stdout } = await gristmill("completion", shell);
    expect(code).toBe(0);
    for (const { name } of [...COMMANDS, ...STEPS]) expect(stdout).toContain(name);
  });

  it("is a script that bash accepts and that completes a step's option", async () => {
    const { stdout } = await gristmill("completion", "bash");
    const file = join(folder, "completion.bash");
    writeFileSync(file, stdout);
    const probe = `source ${file}; COMP_WORDS=(gristmill min_turns --mi); COMP_CWORD=2; _gristmill; echo "\${COMPREPLY[@]}"`;
    const found = await new Promise<string>((done) => {
      const child = spawn("bash", ["-c", probe], { stdio: ["ignore", "pipe", "inherit"] });
      let text = "";
      child.stdout.on("data", (chunk) => {
        text += chunk;
      });
      child.on("close", () => done(text.trim()));
    });
    expect(found).toBe("--min");
  });
});
