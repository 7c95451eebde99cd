import { bytes, duration, grouped } from "../report/figures.ts";
import type { StepDefinition } from "../steps/step.ts";
import { loadApi } from "./api.ts";
import { logFormat, RESOURCES, resourceOptions } from "./build-options.ts";
import { type Command, type CommandOption, EXIT, given } from "./command.ts";
import { usage } from "./fail.ts";
import { followProgress } from "./progress.ts";
import { parseCount } from "./quantities.ts";
import { optionsOf, valuesOf } from "./schema-options.ts";
import { stepLines } from "./summary.ts";
import type { DottedOption } from "./words.ts";

/** What every step's command has besides the step's own options, which go before these where names meet. */
const GENERAL: Readonly<Record<string, CommandOption>> = {
  out: { type: "text", short: "o", required: true, describe: "File to write; its ending says the format" },
  trace: { type: "text", describe: "File for the rows that are dropped, with reasons" },
  format: { type: "text", describe: "Kind of source of the inputs", default: "by ending, then by content" },
  source: { type: "text", describe: "Options of the source, e.g. --source.delimiter ';'" },
  seed: { type: "number", describe: "Seed of everything random", default: "0" },
  limit: { type: "number", describe: "First so many records", default: "all" },
  "max-bad-rows": { type: "number", describe: "Fail when more rows than this cannot be read", default: "no limit" },
  overwrite: { type: "flag", describe: "Replace the output file" },
  ...RESOURCES,
  "log-format": { type: "text", choices: ["text", "json"], describe: "Progress as text or one JSON event a line" },
};

/** A step as a command of its own, on any supported file. */
export function stepCommand(definition: StepDefinition): Command {
  const own = optionsOf(definition);
  return {
    name: definition.name,
    aliases: definition.aliases,
    summary: definition.summary,
    positionals: [{ name: "in", describe: "Files, folders or globs", required: true, many: true }],
    options: { ...GENERAL, ...own },
    examples: definition.examples.map(({ command }) => [command, ""]),
    async run(args, { output, signal }) {
      const dotted = (args.value("dotted") ?? []) as DottedOption[];
      const source = sourceOptions(dotted, args.text("source"));
      const options = valuesOf(
        definition,
        (name) => args.value(name),
        dotted.filter(({ name }) => name !== "source" || "source" in own),
      );
      const general = (name: string): number | undefined => (name in own ? undefined : args.number(name));
      const progress = followProgress(output, logFormat(args));
      const api = await loadApi();
      const started = Date.now();
      try {
        const result = await api.runStep(definition.name, {
          inputs: args.list("in"),
          out: args.text("out") ?? "",
          options,
          source,
          overwrite: args.flag("overwrite"),
          ...resourceOptions(args),
          ...given({
            trace: args.text("trace"),
            format: "format" in own ? undefined : args.text("format"),
            seed: parseCount(general("seed"), "seed", 0),
            limit: parseCount(general("limit"), "limit", 1),
            maxBadRows: parseCount(args.number("max-bad-rows"), "max-bad-rows", 0),
          }),
          signal,
          onEvent: progress.onEvent,
        });
        progress.close();
        const seconds = (Date.now() - started) / 1000;
        if (output.options.json || !output.options.quiet) {
          output.result(result, () =>
            [
              ...stepLines(result.steps, ""),
              `  out  ${grouped(result.rows)} rows, ${bytes(result.bytes)}, in ${duration(seconds)}: ${result.out}`,
            ].join("\n"),
          );
        }
        return EXIT.done;
      } finally {
        progress.close();
      }
    },
  };
}

/** Options of the source: `--source '{"delimiter": ";"}'` or `--source.delimiter ';'`. */
function sourceOptions(dotted: readonly DottedOption[], json: string | undefined): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  if (json !== undefined) {
    try {
      Object.assign(options, JSON.parse(json));
    } catch {
      throw usage(`--source ${json}: not a JSON object`, "or give single options: --source.delimiter ';'");
    }
  }
  for (const { name, path, value } of dotted) {
    if (name === "source") options[path.join(".").replaceAll("-", "_")] = value;
  }
  return options;
}
