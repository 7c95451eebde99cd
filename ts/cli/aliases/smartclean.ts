import { existsSync, statSync } from "node:fs";
import { type Alias, type AliasGiven, joined, parity, tokenizerOf } from "./alias.ts";
import { nameOf } from "./inputs.ts";

/** Endings under which the dump of a folder is looked for. */
const DUMPS = ["csv", "parquet", "jsonl", "arrow"].flatMap((kind) => [kind, `${kind}.gz`, `${kind}.zst`]);

/** The cleaner of dialogues with all files it left behind. */
export const SMARTCLEAN: Alias = {
  name: "smartclean",
  summary: "Clean a dump of dialogues: FOLDER/dump.csv in, done.csv and what led to it out (smartclean.py)",
  about: `Cleans, spells out slang, sorts by tokens (longest first) and checks the format. Writes beside the input, or where -o
says: done (what stays; tokens stands behind the text), bad (rows that a rule turned down) and invalid (rows that failed
the format check), both with the reason first; changes (what the slang step changed; row is the id as in --trace); and the rows
after each stage: trimmed, slangremoved, resampled. All are of the input's format. Rows stay whole, where the old
program shuffled each column for itself.`,
  step: "clean_chat",
  options: {
    folder: { type: "text", short: "f", describe: "Folder with dump.csv (or .parquet, .jsonl); results go there" },
    tokenizer: {
      type: "text",
      short: "m",
      describe: "tokenizer.json, or the folder of a model that holds one; or words, chars, bytes",
      default: "words",
    },
    target: { type: "number", describe: "Rows that stay at most, the longest first", default: "all" },
    "no-slang": { type: "flag", describe: "Leave abbreviations as they are" },
    "no-stages": { type: "flag", describe: "Write neither trimmed nor slangremoved nor resampled" },
    parity,
  },
  examples: [
    ["gristmill smartclean -f data/chat --tokenizer tokenizer.json", "data/chat/dump.csv to data/chat/done.csv"],
    ["gristmill smartclean dump.parquet -o clean.parquet --no-stages", "clean, bad, invalid and changes alone"],
    ["gristmill smartclean dump.csv --rules.card_trade=off", "without one of the rules"],
  ],
  inputs: (given) => [
    ...given.list("folder").map((folder) => dumpIn(folder, true)),
    ...given.inputs.map((path) => dumpIn(path, false)),
  ],
  out: ({ folder, ending }) => joined(folder, `done${ending}`),
  work: async (given, name) => {
    const out = given.text("out");
    const { folder, ending } = out === undefined ? name : nameOf(out, [out]);
    const column = String(given.options.column ?? "text");
    const compat = given.options.compat === true || given.options.preset === "parity";
    const steps = stepsOf(given, column, compat);
    const columns = await given.columns();
    const counted = [...new Set([column, "tokens", ...columns])];
    const file = (name: string) => joined(folder, `${name}${ending}`);
    const stages = steps.flatMap(({ leaves }, at) =>
      leaves === undefined
        ? []
        : [{ path: file(leaves), steps: at + 1, columns: leaves === "resampled" ? counted : columns }],
    );
    return {
      kind: "steps",
      steps: steps.map(({ name, options }) => ({ name, options })),
      columns: counted,
      tables: [
        {
          kind: "rejects",
          path: file("bad"),
          step: "clean_chat",
          style: "capitals",
          columns,
          // The old program lost rows of which nothing was left.
          ...(compat ? { without: ["empty"] } : {}),
        },
        { kind: "rejects", path: file("invalid"), step: "check_dialogue", style: "check", columns: counted },
        { kind: "changes", path: file("changes"), step: "slang", column },
      ],
      stages: given.flag("no-stages") ? [] : stages,
    };
  },
};

interface CleanStep {
  name: string;
  options: Record<string, unknown>;
  /** What the old program called the rows after it. */
  leaves?: string;
}

/** The old program's order: what are rules of one step elsewhere are steps of their own, so that each leaves its files. */
function stepsOf(given: AliasGiven, column: string, compat: boolean): CleanStep[] {
  const rules = { ...(given.options.rules as Record<string, unknown> | undefined) };
  const off = (rule: unknown) => rule === "off" || rule === false;
  const tokenizer = tokenizerOf(given) ?? "words";
  const cut = given.options.max_tokens === undefined ? {} : { tokenizer };
  const own = typeof rules.slang === "object" && rules.slang !== null ? (rules.slang as Record<string, unknown>) : {};
  const slang = { words: own.words ?? {}, extend: own.only !== true, changes: "full", column, compat };
  const clean = { ...given.options, ...cut, rules: { ...rules, slang: "off", format: "off" } };
  const longest = { name: "sort", options: { by: "tokens", descending: true } };
  const target = given.number("target");
  return [
    { name: "clean_chat", options: clean, leaves: "trimmed" },
    ...(given.flag("no-slang") || off(rules.slang) ? [] : [{ name: "slang", options: slang, leaves: "slangremoved" }]),
    { name: "count_tokens", options: { column, tokenizer, special: true } },
    ...(target === undefined
      ? [{ ...longest, leaves: "resampled" }]
      : [longest, { name: "limit", options: { rows: target }, leaves: "resampled" }]),
    ...(off(rules.format) ? [] : [{ name: "check_dialogue", options: { column, compat } }]),
  ];
}

/** The dump in a folder; a folder without one is taken as it is, unless it was named as the one that has it. */
function dumpIn(path: string, must: boolean): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return must ? joined(path, "dump.csv") : path;
  const dump = DUMPS.map((ending) => joined(path, `dump.${ending}`)).find((file) => existsSync(file));
  return dump ?? (must ? joined(path, "dump.csv") : path);
}
