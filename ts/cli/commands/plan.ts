import { loadApi } from "../api.ts";
import { PLANNING, planOptions } from "../build-options.ts";
import { type Command, EXIT } from "../command.ts";
import { planText } from "../plan-text.ts";
import { findRecipe } from "../recipes.ts";

export const plan: Command = {
  name: "plan",
  summary: "Compile a recipe to stages and tasks without running it",
  positionals: [{ name: "recipe", describe: "YAML file, or the name of a shipped recipe", required: true }],
  options: {
    out: { type: "text", short: "o", describe: "Also put plan.json into this output folder, for `gristmill task`" },
    ...PLANNING,
  },
  examples: [
    ["gristmill plan discord-dialogues", "what would be done, stage by stage"],
    ["gristmill plan my.yaml -o out", "puts the plan where `gristmill task` and `gristmill build` find it"],
  ],
  async run(args, { output }) {
    const recipe = findRecipe(args.text("recipe") ?? "");
    const options = planOptions(args);
    const api = await loadApi();
    const out = args.text("out");
    const made = await api.plan(recipe, { ...options, ...(out === undefined ? {} : { out }) });
    const written = out === undefined ? undefined : await api.writePlan(made, out);
    output.result(made, () => planText(made, api.estimate(made)));
    if (written !== undefined) output.note(`plan: ${written}`);
    return EXIT.done;
  },
};
