import type { TraceTable } from "../api/types.ts";
import { bytes, duration, grouped } from "../report/figures.ts";
import type { StepDefinition } from "../steps/step.ts";
import { logFormat, RESOURCES, resourceOptions } from "./build-options.ts";
import { type Arguments, type Command, type CommandOption, type Context, EXIT, given } from "./command.ts";
import { usage } from "./fail.ts";
import { followProgress } from "./progress.ts";
import { parseCount } from "./quantities.ts";
import { optionsOf, valuesOf } from "./schema-options.ts";
import { printView } from "./step-view.ts";
import { findingLines, stepLines } from "./summary.ts";
import type { DottedOption } from "./words.ts";

/** What every step's command has besides the step's own options, which go before these where names meet. */
export const GENERAL: Readonly<Record<string, CommandOption>> = {
  out: { type: "text", short: "o", required: true, describe: "File to write; its ending says the format" },
  trace: { type: "text", describe: "File that tells why each row was dropped: id, reason, rule, excerpt" },
  rejects: { type: "text", describe: "File for the dropped rows themselves, all columns, the reason first" },
  format: { type: "text", describe: "Kind of source of the inputs", default: "by ending, then by content" },
  source: { type: "text", describe: "Options of the source, e.g. --source.delimiter ';'" },
  seed: { type: "number", describe: "Seed of everything random", default: "0" },
  limit: { type: "number", describe: "First so many records", default: "all" },
  "max-bad-rows": { type: "number", describe: "Fail when more rows than this cannot be read", default: "no limit" },
  overwrite: { type: "flag", describe: "Replace the output file" },
  ...RESOURCES,
  "log-format": { type: "text", choices: ["text", "json"], describe: "Progress as text or one JSON event a line" },
};

const OUT_OR_VIEW: CommandOption = {
  type: "text",
  short: "o",
  describe: "File to write; its ending says the format (needed, except with --explain)",
};

/** A step as a command of its own, on any supported file. */
export function stepCommand(definition: StepDefinition): Command {
  const own = optionsOf(definition);
  return {
    name: definition.name,
    aliases: definition.aliases,
    summary: definition.summary,
    positionals: [{ name: "in", describe: "Files, folders or globs", required: true, many: true }],
    options: { ...GENERAL, ...(definition.view === undefined ? {} : { out: OUT_OR_VIEW }), ...own },
    examples: definition.examples.map(({ command }) => [command, ""]),
    async run(args, context) {
      const dotted = (args.value("dotted") ?? []) as DottedOption[];
      const source = sourceOptions(dotted, args.text("source"));
      const options = valuesOf(
        definition,
        (name) => args.value(name),
        dotted.filter(({ name }) => name !== "source" || "source" in own),
      );
      if (args.text("out") === undefined) {
        const view = { inputs: args.list("in"), options, source, ...fileOptions(args, own) };
        return printView(definition, view, context.output);
      }
      await runStepsCommand(args, context, {
        steps: [{ name: definition.name, options }],
        own,
        inputs: args.list("in"),
        out: args.text("out") ?? "",
        source,
        trace: args.text("trace"),
        rejects: args.text("rejects"),
        overwrite: args.flag("overwrite"),
      });
      return EXIT.done;
    },
  };
}

/** What a command makes of its steps besides the general options. */
export interface StepsCommand {
  steps: { name: string; options: Record<string, unknown> }[];
  /** Options of the steps: a general option of the same name is theirs. */
  own: Readonly<Record<string, CommandOption>>;
  inputs: string[];
  out: string;
  source: Record<string, unknown>;
  trace: string | undefined;
  rejects: string | undefined;
  /** More files made from the trace. */
  tables?: TraceTable[];
  overwrite: boolean;
  columns?: string[];
  /** Records read at most, besides what the general option says. */
  limit?: number;
}

/** Runs steps over files with progress, and prints what came of it. */
export async function runStepsCommand(args: Arguments, context: Context, command: StepsCommand): Promise<void> {
  const { output } = context;
  const { steps, own, inputs, out, source, trace, rejects, tables, overwrite, columns, limit } = command;
  const progress = followProgress(output, logFormat(args));
  // Not the whole API: a step over a small file is done sooner than that is loaded.
  const { runSteps } = await import("../api/run-step.ts");
  const started = Date.now();
  try {
    const result = await runSteps(steps, {
      inputs,
      out,
      source,
      overwrite,
      ...fileOptions(args, own),
      ...given({ trace, rejects, tables, columns, limit }),
      signal: context.signal,
      onEvent: progress.onEvent,
    });
    progress.close();
    const seconds = (Date.now() - started) / 1000;
    if (output.options.json || !output.options.quiet) {
      output.result(result, () =>
        [
          ...stepLines(result.steps, ""),
          ...findingLines(result.findings),
          `  out  ${grouped(result.rows)} rows, ${bytes(result.bytes)}, in ${duration(seconds)}: ${result.out}`,
        ].join("\n"),
      );
    }
  } finally {
    progress.close();
  }
}

/** The general options that say how files are read; those that a step has under the same name are not among them. */
export function fileOptions(
  args: Arguments,
  own: Readonly<Record<string, CommandOption>>,
): { format?: string; seed?: number; limit?: number; maxBadRows?: number; threads?: number; memory?: number } {
  const general = (name: string): number | undefined => (name in own ? undefined : args.number(name));
  return {
    ...resourceOptions(args),
    ...given({
      format: "format" in own ? undefined : args.text("format"),
      seed: parseCount(general("seed"), "seed", 0),
      limit: parseCount(general("limit"), "limit", 1),
      maxBadRows: parseCount(args.number("max-bad-rows"), "max-bad-rows", 0),
    }),
  };
}

/** Options of the source: `--source '{"delimiter": ";"}'` or `--source.delimiter ';'`. */
export function sourceOptions(dotted: readonly DottedOption[], json: string | undefined): Record<string, unknown> {
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
