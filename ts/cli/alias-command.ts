import { bytes, grouped } from "../report/figures.ts";
import { findStep } from "../steps/index.ts";
import type { Alias, AliasGiven, AliasWork, InputName } from "./aliases/alias.ts";
import { filesOf, nameOf } from "./aliases/inputs.ts";
import { loadApi } from "./api.ts";
import { type Arguments, type Command, type CommandOption, type Context, EXIT, given } from "./command.ts";
import { usage } from "./fail.ts";
import { optionsOf, valuesOf } from "./schema-options.ts";
import { fileOptions, GENERAL, runStepsCommand, sourceOptions } from "./step-command.ts";
import { printView } from "./step-view.ts";
import { stepLines } from "./summary.ts";
import type { DottedOption } from "./words.ts";

/** Options that every alias has, those of a step's command included. */
const SHARED: Readonly<Record<string, CommandOption>> = {
  ...GENERAL,
  path: {
    type: "text",
    short: "p",
    also: ["in"],
    many: true,
    describe: "The same as FILE: a file, a folder or a glob",
  },
  out: {
    type: "text",
    short: "o",
    describe: "File to write; its ending says the format",
    default: "by the input's name",
  },
};

/** An old program as a command: its own flags, and those of the step that does its work now. */
export function aliasCommand(alias: Alias): Command {
  const definition = alias.step === undefined ? undefined : findStep(alias.step);
  const own = definition === undefined ? {} : optionsOf(definition);
  const options = { ...SHARED, ...own, ...alias.options };
  return {
    name: alias.name,
    aliases: alias.also ?? [],
    summary: alias.summary,
    // Lines are those of the source here; on a terminal they break where its width asks for it.
    about: alias.about.replaceAll(/\s*\n\s*/g, " "),
    positionals: [{ name: "file", describe: "Files, folders or globs", required: false, many: true }],
    options,
    examples: alias.examples,
    async run(args, context) {
      const dotted = (args.value("dotted") ?? []) as DottedOption[];
      const source = sourceOptions(dotted, args.text("source"));
      if (args.has("delimiter")) source.delimiter = args.text("delimiter");
      const named = [...args.list("path"), ...args.list("file")];
      const look: AliasGiven = {
        inputs: named,
        text: (flag) => args.text(flag),
        number: (flag) => args.number(flag),
        flag: (flag) => args.flag(flag),
        list: (flag) => args.list(flag),
        has: (flag) => args.has(flag),
        options:
          definition === undefined
            ? {}
            : valuesOf(
                definition,
                (option) => stepValue(alias, args, option),
                dotted.filter((one) => one.name !== "source"),
              ),
        columns: async () => columnsOf(files, args.text("format"), source),
      };
      const paths = alias.inputs?.(look) ?? named;
      if (paths.length === 0) {
        throw usage(
          `gristmill ${alias.name}: no input`,
          `name a file or folder, by itself or with -p: gristmill ${alias.name} FILE`,
        );
      }
      const files = filesOf(paths);
      const name = nameOf(paths[0] ?? "", files);
      const out = args.text("out") ?? alias.out(name, look);
      return perform({ alias, args, context, own, files, out, name, source, work: await alias.work(look, name) });
    },
  };
}

/** The value of a step's option: from the flag of the old program that stands for it, else from its own. */
function stepValue(alias: Alias, args: Arguments, name: string): unknown {
  for (const [flag, { sets }] of Object.entries(alias.options)) {
    if (sets?.replaceAll("_", "-") === name && args.has(flag)) return args.value(flag);
  }
  const hidden = name in alias.options && alias.options[name]?.sets === undefined;
  return hidden ? undefined : args.value(name);
}

interface Performance {
  alias: Alias;
  args: Arguments;
  context: Context;
  own: Readonly<Record<string, CommandOption>>;
  files: string[];
  /** `null`: the terminal. */
  out: string | null;
  name: InputName;
  source: Record<string, unknown>;
  work: AliasWork;
}

async function perform(job: Performance): Promise<number> {
  const { args, context, own, files: inputs, source, work } = job;
  const { output, signal } = context;
  const api = await loadApi();
  const overwrite = args.flag("overwrite") || args.flag("yes");
  const limit = args.number("max-rows");
  const reading = {
    inputs,
    source,
    ...fileOptions(args, own),
    ...(limit === undefined || limit === 0 ? {} : { limit }),
    signal,
  };
  const out = job.out ?? "";
  switch (work.kind) {
    case "steps": {
      const steps = work.steps.map(({ name, options = {} }) => ({ name, options }));
      const [step] = steps;
      const definition = step === undefined ? undefined : findStep(step.name);
      if (job.out === null && step !== undefined && definition !== undefined) {
        return printView(definition, { ...reading, options: step.options }, output);
      }
      const even = work.even === true ? { missing_columns: "refuse" } : {};
      for (const { path, steps: first, columns } of work.stages ?? []) {
        const result = await api.runSteps(steps.slice(0, first), { ...reading, out: path, columns, overwrite });
        output.note(`  out  ${grouped(result.rows)} rows, ${bytes(result.bytes)}: ${result.out}`);
      }
      await runStepsCommand(args, context, {
        steps,
        own,
        inputs,
        out,
        source: { ...source, ...even },
        trace: args.text("trace"),
        rejects: args.text("rejects"),
        ...given({ tables: work.tables }),
        overwrite,
        ...(work.columns === undefined ? {} : { columns: work.columns }),
        ...(reading.limit === undefined ? {} : { limit: reading.limit }),
      });
      if (work.chart !== undefined) {
        await api.turnStatistics({ inputs: [out], png: work.chart, overwrite, signal });
        output.note(`  chart: ${work.chart}`);
      }
      break;
    }
    case "split": {
      const result = await api.splitRows({ ...reading, out, parts: work.parts, overwrite });
      output.result(result, () =>
        [
          ...stepLines(result.steps, ""),
          ...result.files.map((file) => `  out  ${grouped(file.rows)} rows, ${bytes(file.bytes)}: ${file.path}`),
        ].join("\n"),
      );
      break;
    }
    case "tokens": {
      const { kind: _, ...options } = work;
      const result = await api.tokenStatistics({ ...reading, ...options, out, overwrite });
      output.result({ out, ...result.figures }, () => `${result.text}\n  out: ${out}`);
      break;
    }
    case "turns": {
      const { kind: _, ...options } = work;
      const result = await api.turnStatistics({ ...reading, ...options, out, overwrite });
      output.result(
        { out, png: work.png, svg: work.svg, ...result.figures },
        () => `${result.text}\n  out: ${out}, ${work.png}, ${work.svg}`,
      );
      break;
    }
    case "report": {
      const counter = work.tokenizer === undefined ? {} : { tokenizer: work.tokenizer };
      const tokens = await api.tokenStatistics({ ...reading, ...counter });
      const turns = await api.turnStatistics(reading);
      output.result({ tokens: tokens.figures, turns: turns.figures.turns }, () => `${tokens.text}\n${turns.text}`);
      break;
    }
    case "infos": {
      const infos = await api.datasetInfos({ inputs, out, overwrite, compat: work.compat });
      output.result(infos, () => `  out: ${out}`);
    }
  }
  return EXIT.done;
}

async function columnsOf(
  files: string[],
  format: string | undefined,
  source: Record<string, unknown>,
): Promise<string[]> {
  const { columnsOf: look } = await loadApi();
  return look(files, { source, ...(format === undefined ? {} : { format }) });
}
