import { loadApi } from "../api.ts";
import { logFormat, RESOURCES, resourceOptions } from "../build-options.ts";
import { type Command, EXIT } from "../command.ts";
import { followProgress } from "../progress.ts";
import { parseCount } from "../quantities.ts";

export const task: Command = {
  name: "task",
  summary: "Run one task of a plan and commit it; what schedulers call",
  positionals: [{ name: "plan", describe: "OUT/.gristmill/<build_id>/plan.json", required: true }],
  options: {
    stage: { type: "number", required: true, describe: "Number of the stage, from 0" },
    part: { type: "number", required: true, describe: "Number of the task in the stage, from 0" },
    ...RESOURCES,
    "log-format": { type: "text", choices: ["text", "json"], describe: "Progress as text or one JSON event a line" },
  },
  examples: [["gristmill task out/.gristmill/4f1c/plan.json --stage 0 --part 3", "does nothing if it is done already"]],
  async run(args, { output, signal }) {
    const stage = parseCount(args.number("stage"), "stage", 0) ?? 0;
    const part = parseCount(args.number("part"), "part", 0) ?? 0;
    const limits = resourceOptions(args);
    const progress = followProgress(output, logFormat(args));
    const api = await loadApi();
    try {
      const done = await api.runTask(args.text("plan") ?? "", {
        ...limits,
        stage,
        part,
        signal,
        onEvent: progress.onEvent,
      });
      progress.close();
      output.result(done, () => `stage ${stage}, part ${part}: done`);
      return EXIT.done;
    } finally {
      progress.close();
    }
  },
};
