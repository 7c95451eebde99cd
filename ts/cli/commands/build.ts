import { loadApi } from "../api.ts";
import { logFormat, PLANNING, planOptions, RESOURCES, resourceOptions } from "../build-options.ts";
import { type Command, EXIT, given } from "../command.ts";
import { usage } from "../fail.ts";
import { planText } from "../plan-text.ts";
import { followProgress } from "../progress.ts";
import { parseCount } from "../quantities.ts";
import { findRecipe } from "../recipes.ts";
import { buildSummary } from "../summary.ts";

export const build: Command = {
  name: "build",
  summary: "Run a recipe: raw text in, a data set folder out; goes on where an interrupted build stopped",
  positionals: [{ name: "recipe", describe: "YAML file, or the name of a shipped recipe", required: true }],
  options: {
    out: { type: "text", short: "o", describe: "Output folder (needed unless --dry-run)" },
    ...PLANNING,
    "dry-run": { type: "flag", describe: "Check and plan only; nothing is written" },
    ...RESOURCES,
    fresh: { type: "flag", describe: "Throw away what an earlier attempt of this build has done" },
    overwrite: { type: "flag", describe: "Replace the finished build in the output folder" },
    "no-keep": {
      type: "flag",
      describe: "Remove intermediate parts at the end; later builds start from the beginning",
    },
    "max-bad-rows": { type: "number", describe: "Fail when more rows than this cannot be read", default: "no limit" },
    "log-format": { type: "text", choices: ["text", "json"], describe: "Progress as text or one JSON event a line" },
  },
  examples: [
    ["gristmill build discord-dialogues -o out", "the shipped recipe on its bundled sample"],
    ["gristmill build discord-dialogues --var input=export.json.gz -o out", "the same on your own export"],
    ["gristmill build my.yaml -o out --set steps.min_turns.min=4 --sample 1%", "try a change on a sample"],
    ["gristmill build my.yaml --dry-run", "check a recipe and see its plan"],
  ],
  async run(args, { output, signal }) {
    const recipe = findRecipe(args.text("recipe") ?? "");
    const dryRun = args.flag("dry-run");
    const out = args.text("out");
    if (out === undefined && !dryRun) {
      throw usage("gristmill build: -o, --out is missing", "name the folder to write, e.g. -o out");
    }
    const limits = resourceOptions(args);
    const planning = planOptions(args);
    const format = logFormat(args);
    const maxBadRows = parseCount(args.number("max-bad-rows"), "max-bad-rows", 0);
    const api = await loadApi();
    if (dryRun) {
      const plan = await api.plan(recipe, planning);
      const estimates = api.estimate(plan, limits);
      output.result({ plan, estimates }, () => planText(plan, estimates));
      return EXIT.done;
    }
    const progress = followProgress(output, format);
    try {
      const result = await api.build(recipe, {
        ...planning,
        ...limits,
        ...given({ maxBadRows }),
        out: out ?? "",
        fresh: args.flag("fresh"),
        overwrite: args.flag("overwrite"),
        noKeep: args.flag("no-keep"),
        signal,
        onEvent: progress.onEvent,
      });
      progress.close();
      const { buildId, rows, upToDate, manifest } = result;
      if (output.options.json)
        output.result({ build_id: buildId, out: result.out, rows, up_to_date: upToDate, manifest }, () => "");
      else if (!output.options.quiet) output.print(buildSummary(result, out ?? ""));
      return EXIT.done;
    } finally {
      progress.close();
    }
  },
};
