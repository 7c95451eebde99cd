import { writeFile } from "node:fs/promises";
import { type Command, EXIT } from "../command.ts";

export const schema: Command = {
  name: "schema",
  summary: "Print the JSON Schema of recipes, for completion and checks in editors",
  positionals: [],
  options: { out: { type: "text", short: "o", describe: "Write it to this file instead" } },
  examples: [
    ["gristmill schema -o gristmill.schema.json", "then put `# yaml-language-server: $schema=…` atop a recipe"],
  ],
  async run(args, { output }) {
    const { recipeSchema } = await import("../../recipe/index.ts");
    const text = recipeSchema();
    const file = args.text("out");
    if (file === undefined) output.result(text, () => JSON.stringify(text, null, 2));
    else {
      await writeFile(file, `${JSON.stringify(text, null, 2)}\n`);
      output.result({ path: file }, () => "");
    }
    return EXIT.done;
  },
};
