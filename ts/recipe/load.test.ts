// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how recipes write variables
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadRecipe, RecipeError, type RecipeInput, recipeSchema } from "./index.ts";

const TAIL = "outputs:\n  - dataset\n";

function problemsOf(input: RecipeInput): string[] {
  try {
    loadRecipe(input);
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    expect(error.kind).toBe("usage");
    return error.problems.map(({ code, at, message }) => `${code} ${at.line ?? "-"}:${at.column ?? "-"} ${message}`);
  }
  throw new Error("no problem was found");
}

const text = (steps: string, more = ""): string => `${more}sources:\n  - csv: in.csv\nsteps:\n${steps}${TAIL}`;

describe("forms of a step", () => {
  it("reads name, shorthand and options", () => {
    const recipe = loadRecipe({
      text: text("  - close_turns\n  - min_turns: 3\n  - dedupe: chain\n  - drop-columns: { columns: [a] }\n"),
      cwd: "/w",
    });
    expect(recipe.steps.map(({ name, options }) => [name, options])).toEqual([
      ["close_turns", { column: "text", compat: false }],
      ["min_turns", { min: 3, max: null, column: "text" }],
      [
        "dedupe",
        {
          by: ["chain"],
          tokens: "tokens",
          column: "text",
          any_digit: false,
          keep: "first",
          best_by: null,
          against: [],
        },
      ],
      ["drop_columns", { columns: ["a"] }],
    ]);
    expect(recipe.sources[0]?.options.path).toEqual(["/w/in.csv"]);
  });

  it("knows the names of the replaced tools and numbers repeated steps", () => {
    const recipe = loadRecipe({ text: text("  - smartclean\n  - dropcols: [a]\n  - dropcols: [b]\n") });
    expect(recipe.steps.map(({ name }) => name)).toEqual(["clean_chat", "drop_columns", "drop_columns_2"]);
  });

  it("takes user functions and camelCase from an object", () => {
    const user = () => [];
    const recipe = loadRecipe({
      object: {
        maxBadRows: 3,
        sources: [{ csv: { path: "in.csv", onDamage: "keep" } }],
        steps: [{ name: "mine", user }, { buildDialogues: { paths: "every_leaf" } }],
        outputs: [{ dataset: { shardBytes: 5000, card: { prettyName: "x" } } }],
      },
    });
    expect(recipe.max_bad_rows).toBe(3);
    expect(recipe.sources[0]?.options.on_damage).toBe("keep");
    expect(recipe.steps[0]).toMatchObject({ name: "mine", definition: null, user });
    expect(recipe.outputs[0]?.options).toMatchObject({ shard_bytes: 5000, card: { pretty_name: "x" } });
  });
});

describe("variables and overrides", () => {
  const recipe = text("  - min_turns: ${n}\n", "vars:\n  n: 2\n");
  const min = (input: RecipeInput): unknown => loadRecipe(input).steps[0]?.options.min;

  it("orders default, environment, --var, --set", () => {
    expect(min({ text: recipe })).toBe(2);
    expect(min({ text: recipe, env: { n: "3" } })).toBe(3);
    expect(min({ text: recipe, env: { n: "3" }, vars: { n: "4" } })).toBe(4);
    expect(min({ text: recipe, vars: { n: "4" }, sets: { "steps.min_turns.min": "5" } })).toBe(5);
    expect(min({ text: recipe, sets: { "steps.0.min": "6" } })).toBe(6);
  });

  it("follows Docker Compose in :-, :? and $$", () => {
    const columns = (list: string, vars = {}): unknown =>
      loadRecipe({ text: text(`  - drop_columns: [${list}]\n`), vars }).steps[0]?.options.columns;
    expect(columns('"${a:-x}", "$${b}", "p$$"')).toEqual(["x", "${b}", "p$"]);
    expect(columns('"${a:-x}"', { a: "" })).toEqual(["x"]);
    expect(problemsOf({ text: text('  - drop_columns: ["${a:?say which}"]\n') })[0]).toMatch(
      /GM_RECIPE_MISSING_VARIABLE 4:\d+ .*say which/,
    );
  });

  it("takes text for text and numbers for numbers", () => {
    const drop = text("  - drop_columns: [x]\n");
    expect(loadRecipe({ text: drop, sets: { "steps.drop_columns.columns.0": "7" } }).steps[0]?.options.columns).toEqual(
      ["7"],
    );
    expect(
      loadRecipe({ text: drop, sets: { "steps.drop_columns.columns": "[a, b]" } }).steps[0]?.options.columns,
    ).toEqual(["a", "b"]);
    expect(loadRecipe({ text: drop, sets: { seed: "9" } }).seed).toBe(9);
  });

  it("starts relative paths at the recipe, those from outside at the working folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "gm-recipe-"));
    const path = join(folder, "r.yaml");
    writeFileSync(path, `vars:\n  input: own.csv\nsources:\n  - csv: \${input}\n${TAIL}`);
    const at = (more: Partial<RecipeInput>): unknown =>
      loadRecipe({ path, cwd: "/w", ...more }).sources[0]?.options.path;
    expect(at({})).toEqual([join(folder, "own.csv")]);
    expect(at({ vars: { input: "a.csv" } })).toEqual(["/w/a.csv"]);
    expect(at({ sets: { "sources.csv.path": "b.csv" } })).toEqual(["/w/b.csv"]);
    expect(loadRecipe({ path }).name).toBe("r");
  });

  it("never shows secrets", () => {
    const secret = text("  - drop_columns: ['${API_KEY}', '${user_token}', '${tokenizer}']\n");
    const { resolved, steps } = loadRecipe({
      text: secret,
      env: { API_KEY: "s3cret" },
      vars: { user_token: "hf_abc", tokenizer: "shown" },
    });
    expect(steps[0]?.options.columns).toEqual(["s3cret", "hf_abc", "shown"]);
    expect(JSON.stringify(resolved)).not.toMatch(/s3cret|hf_abc/);
    expect(JSON.stringify(resolved)).toContain("shown");
  });
});

describe("mistakes", () => {
  it("tells all of them with place and nearest name", () => {
    expect(
      problemsOf({
        text: text("  - min_turn: 2\n  - dedupe: { bye: [chain] }\n  - screen_tos: { action: dorp }\n", "seeed: 1\n"),
      }),
    ).toEqual([
      'GM_RECIPE_UNKNOWN_KEY 1:1 unknown key "seeed"; did you mean "seed"?',
      'GM_RECIPE_UNKNOWN_NAME 5:5 unknown step "min_turn"; did you mean "min_turns"?',
    ]);
    expect(
      problemsOf({
        text: text("  - dedupe: { bye: [chain] }\n  - screen_tos: { action: dorp }\n  - min_turns: { min: two }\n"),
      }),
    ).toEqual([
      'GM_RECIPE_UNKNOWN_KEY 4:15 unknown option "bye" of dedupe; did you mean "by"?',
      'GM_RECIPE_BAD_OPTION 5:27 action of screen_tos: must be one of drop, redact, flag; did you mean "drop"? (here: "dorp")',
      'GM_RECIPE_BAD_OPTION 6:23 min of min_turns: must be a number (here: "two")',
    ]);
  });

  const table: [why: string, input: RecipeInput, found: RegExp][] = [
    ["broken YAML", { text: "a: [1" }, /GM_RECIPE_SYNTAX 1:/],
    ["duplicate key", { text: "seed: 1\nseed: 2\n" }, /GM_RECIPE_SYNTAX 2:1/],
    ["empty text", { text: "" }, /GM_RECIPE_WRONG_TYPE/],
    ["list at the top", { text: "- a" }, /GM_RECIPE_WRONG_TYPE/],
    ["missing file", { path: "/nowhere/r.yaml" }, /GM_RECIPE_UNREADABLE/],
    ["custom tag", { text: text("  - close_turns: !!js/function x\n") }, /GM_RECIPE_TAG/],
    ["prototype key", { text: text("  - slang: { words: { __proto__: x } }\n") }, /GM_RECIPE_BAD_KEY 4:/],
    [
      "prototype by override",
      { text: text("  - slang\n"), sets: { "steps.slang.__proto__.x": "1" } },
      /GM_RECIPE_BAD_KEY/,
    ],
    [
      "unknown variable",
      { text: text("  - min_turns: ${minn}\n", "vars: { min: 2 }\n") },
      /GM_RECIPE_UNKNOWN_VARIABLE 5:.*did you mean "min"/,
    ],
    [
      "unknown flag",
      { text: text("  - slang\n", "vars: { input: 2 }\n"), vars: { imput: "x" } },
      /--var imput.*did you mean "input"/,
    ],
    [
      "self-reference",
      { text: text("  - min_turns: ${a}\n", "vars: { a: '${b}', b: '${a}' }\n") },
      /GM_RECIPE_BAD_VARIABLE/,
    ],
    [
      "unknown override",
      { text: text("  - dedupe\n"), sets: { "steps.dedup.by": "chain" } },
      /GM_RECIPE_BAD_SET.*did you mean "dedupe"/,
    ],
    ["no sources", { text: TAIL }, /GM_RECIPE_MISSING_OPTION.*no sources/],
    ["missing path", { text: `sources:\n  - csv\n${TAIL}` }, /GM_RECIPE_MISSING_OPTION 2:5 path of csv is needed/],
    ["options out of line", { text: text("  - min_turns:\n    min: 2\n") }, /GM_RECIPE_WRONG_TYPE 4:/],
  ];
  it.each(table)("%s", (_why, input, found) => {
    expect(problemsOf(input)[0]).toMatch(found);
  });

  it("refuses an alias bomb at once", () => {
    const bomb = `a: &a [x, x]\n${"bcdefghij"
      .split("")
      .map((c, i) => `${c}: &${c} [*${"abcdefghi"[i]}, *${"abcdefghi"[i]}]`)
      .join("\n")}\n`;
    expect(problemsOf({ text: bomb }).some((p) => p.includes("GM_RECIPE_ALIAS"))).toBe(true);
  });
});

it("describes every property of the schema", () => {
  const schema = recipeSchema();
  expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
  const bare: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== "object" || node === null) return;
    if ("properties" in node && typeof node.properties === "object") {
      for (const [name, property] of Object.entries(node.properties ?? {})) {
        if (typeof property !== "object" || property === null || !("description" in property))
          bare.push(`${path}.${name}`);
      }
    }
    for (const [key, value] of Object.entries(node)) walk(value, `${path}.${key}`);
  };
  walk(schema, "");
  expect(bare).toEqual([]);
});
