import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { addon, expectFailure, expectNoDataset, gristmill, root } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-recipe-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "notes"));
writeFileSync(join(folder, "in.csv"), "text\nhello\n");
writeFileSync(join(folder, "notes/read.me"), "x");

const recipe = (steps: string, sources = "  - csv: in.csv", head = "name: x"): string =>
  `${head}\nsources:\n${sources}\nsteps:\n  - ${steps}\noutputs:\n  - dataset\n`;

/** Recipe, code, exit code and what the message must say: place first, then what was probably meant. */
const WRONG: [what: string, text: string, code: string, exit: number, message: RegExp][] = [
  [
    "a key that does not exist",
    recipe("min_turns: 2", "  - csv: in.csv", "nam: x"),
    "GM_RECIPE_UNKNOWN_KEY",
    2,
    /r\.yaml:1:1: .*did you mean "name"/,
  ],
  [
    "a step that does not exist",
    recipe("min_turn: 2"),
    "GM_RECIPE_UNKNOWN_NAME",
    2,
    /r\.yaml:5:5: .*did you mean "min_turns"/,
  ],
  [
    "an option that does not exist",
    recipe("min_turns: { mn: 2 }"),
    "GM_RECIPE_UNKNOWN_KEY",
    2,
    /r\.yaml:5:18: .*did you mean "min"[\s\S]*- min_turns: 2/,
  ],
  [
    "a value of the wrong type",
    recipe("min_turns: { min: many }"),
    "GM_RECIPE_BAD_OPTION",
    2,
    /r\.yaml:5:23: min of min_turns/,
  ],
  [
    "a list of steps that is none",
    "name: x\nsources:\n  - csv: in.csv\nsteps: 7\noutputs:\n  - dataset\n",
    "GM_RECIPE_WRONG_TYPE",
    2,
    /r\.yaml:4:8/,
  ],
  [
    "a variable that does not exist",
    recipe("min_turns: 2", `  - csv: \${inputs}`),
    "GM_RECIPE_UNKNOWN_VARIABLE",
    2,
    /r\.yaml:3:10: unknown variable "inputs"/,
  ],
  ["what is not YAML", "name: [x\nsources", "GM_RECIPE_SYNTAX", 2, /r\.yaml:2:1/],
  ["a YAML tag", recipe("min_turns: !!js/function 2"), "GM_RECIPE_TAG", 2, /r\.yaml:5:\d+: tag/],
  [
    "a column that nobody provides",
    recipe("min_turns: { column: txt }"),
    "GM_RECIPE_MISSING_COLUMN",
    2,
    /r\.yaml:5:5: .*did you mean "text"/,
  ],
  [
    "an input that is not there",
    recipe("min_turns: 2", "  - csv: im.csv"),
    "GM_PLAN_NO_INPUT",
    3,
    /r\.yaml:3:5: .*did you mean .*in\.csv/,
  ],
  [
    "a glob that matches nothing",
    recipe("min_turns: 2", "  - csv: '*.tsv'"),
    "GM_PLAN_NO_INPUT",
    3,
    /r\.yaml:3:5: no file matches/,
  ],
  [
    "a folder without files of the source",
    recipe("min_turns: 2", "  - csv: notes"),
    "GM_PLAN_NO_INPUT",
    3,
    /r\.yaml:3:5: the folder .*notes holds no file.*\*\.csv/,
  ],
];

describe.skipIf(!addon)("a wrong recipe", () => {
  it.each(WRONG)("with %s", async (_what, text, code, exit, message) => {
    writeFileSync(join(folder, "r.yaml"), text);
    const result = await gristmill(["build", "r.yaml", "-o", "out"], { cwd: folder });
    expectFailure(result, exit, code);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^try: |^ {6}recipes are YAML/m);
    expectNoDataset(join(folder, "out"));
  });

  it("with a variable that no place of it uses", async () => {
    const result = await gristmill(["build", "discord-dialogues", "--var", "inptu=x", "-o", "out"], { cwd: folder });
    expectFailure(result, 2, "GM_RECIPE_UNKNOWN_VARIABLE");
    expect(result.stderr).toContain('did you mean "input"');
    expect(result.stderr).toContain("variables of this recipe: input, tokenizer\n");
  });

  it("that is not there names the nearest shipped one", async () => {
    const result = await gristmill(["build", "discord-dialoges", "-o", "out"], { cwd: folder });
    expectFailure(result, 3, "GM_RECIPE_NOT_FOUND");
    expect(result.stderr).toContain("discord-dialogues");
  });

  it("says the same as JSON", async () => {
    writeFileSync(join(folder, "r.yaml"), recipe("min_turn: 2"));
    const result = await gristmill(["build", "r.yaml", "-o", "out", "--json"], { cwd: folder });
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: "GM_RECIPE_UNKNOWN_NAME", kind: "usage" } });
  });

  it("on the command line: unknown option and missing output", async () => {
    const recipePath = join(root, "recipes/discord-dialogues.yaml");
    expectFailure(
      await gristmill(["build", recipePath, "--thread", "2", "-o", "out"], { cwd: folder }),
      2,
      "GM_CLI_USAGE",
    );
    expectFailure(await gristmill(["build", recipePath], { cwd: folder }), 2, "GM_CLI_USAGE");
    expectFailure(await gristmill(["biuld", recipePath], { cwd: folder }), 2, "GM_CLI_USAGE");
  });
});
