import { statfsSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { bytes } from "../../report/figures.ts";
import { type Command, EXIT } from "../command.ts";
import { asFailure } from "../fail.ts";
import { shippedRecipes } from "../recipes.ts";
import { columns } from "../text-table.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "Versions, addon, processor, memory and disk: what a bug report needs",
  positionals: [],
  options: {},
  examples: [["gristmill doctor", "exit code 1 if the addon cannot be loaded"]],
  async run(_args, { output }) {
    const { version } = await import("../../api/version.ts");
    const { STEPS } = await import("../../steps/index.ts");
    const addon = await describeAddon();
    const disk = statfsSync(".");
    const document = {
      gristmill: version(),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      addon,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memory_bytes: totalmem(),
      memory_free_bytes: freemem(),
      disk_free_bytes: disk.bavail * disk.bsize,
      steps: STEPS.map((step) => step.name),
      recipes: shippedRecipes(),
    };
    output.result(document, () =>
      columns([
        ["gristmill", document.gristmill],
        ["node", `${document.node} on ${document.platform}`],
        [
          "addon",
          "error" in addon
            ? `cannot be loaded: ${addon.error}`
            : Object.entries(addon)
                .map(([k, v]) => `${k} ${String(v)}`)
                .join(", "),
        ],
        ["processor", `${document.cpu}, ${document.cores} cores`],
        ["memory", `${bytes(document.memory_bytes)}, ${bytes(document.memory_free_bytes)} free`],
        ["disk here", `${bytes(document.disk_free_bytes)} free`],
        ["steps", document.steps.join(", ")],
        ["recipes", document.recipes.join(", ")],
      ]).join("\n"),
    );
    if ("error" in addon) output.alert("the addon is missing or broken: run `npm run build` in the package's folder");
    return "error" in addon ? EXIT.failed : EXIT.done;
  },
};

async function describeAddon(): Promise<Record<string, unknown>> {
  try {
    const { native } = await import("../../native/index.ts");
    return { ...native.describe() };
  } catch (error) {
    return { error: asFailure(error).message };
  }
}
