import type { Argv, Options } from "yargs";
import yargs from "yargs";
import { nearest } from "../recipe/nearest.ts";
import { COMMON, type Command, type CommandOption } from "./command.ts";
import { usage } from "./fail.ts";
import type { DottedOption } from "./words.ts";

/** A command's arguments, or the help text it was asked for. */
export type Parsed = { help: string } | { values: Record<string, unknown> };

/** Parses the words behind a command's name; every mistake is a usage failure that names the nearest known option. */
export async function parse(
  command: Command,
  words: readonly string[],
  columns: number,
  dotted: readonly DottedOption[] = [],
): Promise<Parsed> {
  const options = { ...command.options, ...COMMON };
  if (words.some((word) => word === "--help" || word === "-h")) return { help: await helpOf(command, columns) };
  const given = words.map((word) => oldLong(word, options));
  refuseUnknown([...given, ...dotted.map(({ name }) => `--${name}`)], options, command.name);
  let failure: string | undefined;
  const values = await describe(command, options, columns)
    .fail((message: string | null, error: Error | undefined) => {
      failure ??= message ?? error?.message ?? "cannot be understood";
    })
    .parseAsync(given);
  if (failure !== undefined) throw usage(plain(failure), `gristmill ${command.name} --help`);
  return { values: { ...places(command, values._), ...collect(options, values, command.name) } };
}

/** The help text of a command. */
export async function helpOf(command: Command, columns: number): Promise<string> {
  return describe(command, { ...command.options, ...COMMON }, columns).getHelp();
}

/** `-min` -> `--min`, where the command has an option of that name; a lone letter stays a letter. */
function oldLong(word: string, options: Readonly<Record<string, CommandOption>>): string {
  const name = /^-([a-z][a-z-]+)(?:=|$)/.exec(word)?.[1];
  const known = name !== undefined && Object.values(options).some((option) => option.also?.includes(name) === true);
  return known ? `-${word}` : word;
}

function describe(command: Command, options: Readonly<Record<string, CommandOption>>, columns: number): Argv {
  let parser = yargs([])
    .scriptName("gristmill")
    .locale("en")
    .wrap(columns)
    .exitProcess(false)
    .version(false)
    .help("help")
    .alias("h", "help")
    .describe("help", "Show this help")
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "strip-aliased": true,
    })
    .usage(usageText(command));
  for (const [name, option] of Object.entries(options)) parser = parser.option(name, yargsOption(option));
  for (const [line, what] of command.examples) parser = parser.example(line, what);
  return parser;
}

/** Line, summary and positionals; yargs knows nothing of positionals here, so that `-` and `--` keep their meaning. */
function usageText({ name, summary, about, aliases = [], positionals }: Command): string {
  const places = positionals.map((place) => {
    const word = `${place.name.toUpperCase()}${place.many === true ? "..." : ""}`;
    return place.required ? word : `[${word}]`;
  });
  const width = Math.max(0, ...positionals.map((place) => place.name.length)) + 4;
  const lines = positionals.map((place) => `  ${place.name.toUpperCase().padEnd(width)}${place.describe}`);
  return [
    `gristmill ${[name, ...places].join(" ")} [options]`,
    `\n\n${summary}`,
    about === undefined ? "" : `\n\n${about}`,
    aliases.length === 0 ? "" : `\nAlso called: ${aliases.join(", ")}`,
    lines.length === 0 ? "" : `\n\nArguments:\n${lines.join("\n")}`,
  ].join("");
}

/** The words that are not options, under the names of the command's positionals. */
function places(command: Command, found: readonly (string | number)[]): Record<string, unknown> {
  const left = found.map(String);
  const values: Record<string, unknown> = {};
  for (const { name, required, many } of command.positionals) {
    const taken = many === true ? left.splice(0) : left.splice(0, 1);
    if (taken.length > 0) values[name] = many === true ? taken : taken[0];
    else if (required) {
      throw usage(`gristmill ${command.name}: ${name.toUpperCase()} is missing`, `gristmill ${command.name} --help`);
    }
  }
  if (left.length > 0) {
    throw usage(
      `gristmill ${command.name}: nothing is done with ${left.join(" ")}`,
      `gristmill ${command.name} --help`,
    );
  }
  return values;
}

function yargsOption(option: CommandOption): Options {
  return {
    describe: option.describe,
    type: option.type === "flag" ? "boolean" : "string",
    ...(option.type === "flag" ? {} : { requiresArg: true, nargs: 1 }),
    alias: [...new Set([...(option.short ?? []), ...(option.also ?? [])])],
    ...(option.choices === undefined ? {} : { choices: option.choices }),
    ...(option.default === undefined ? {} : { defaultDescription: option.default }),
  };
}

/** Unknown options are found before parsing, so that the message can say what was probably meant. */
function refuseUnknown(words: readonly string[], options: Readonly<Record<string, CommandOption>>, name: string): void {
  const long = new Set([...Object.entries(options).flatMap(([key, { also = [] }]) => [key, ...also]), "help"]);
  const short = new Set(["h", ...Object.values(options).flatMap((option) => option.short ?? [])]);
  for (const word of words) {
    if (word === "--") return;
    const match = /^--([^=]+)/.exec(word);
    const given = match?.[1];
    if (given !== undefined && !long.has(given)) {
      const meant = nearest(given, long);
      throw usage(
        `unknown option --${given}`,
        meant === null ? `gristmill ${name} --help` : `did you mean --${meant}? See gristmill ${name} --help`,
      );
    }
    const letter = /^-([a-zA-Z])/.exec(word)?.[1];
    if (letter !== undefined && !short.has(letter))
      throw usage(`unknown option -${letter}`, `gristmill ${name} --help`);
  }
}

/** Values by declared type; an option given twice that takes one value is a mistake, not a choice. */
function collect(
  options: Readonly<Record<string, CommandOption>>,
  values: Readonly<Record<string, unknown>>,
  command: string,
): Record<string, unknown> {
  const collected: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    const value = values[name];
    if (value === undefined) {
      if (option.required !== true) continue;
      const short = option.short === undefined ? "" : `-${option.short}, `;
      throw usage(`gristmill ${command}: ${short}--${name} is missing`, `gristmill ${command} --help`);
    }
    if (Array.isArray(value) && option.many !== true) {
      if (option.type !== "flag") throw usage(`--${name} is given ${value.length} times`);
      collected[name] = value.at(-1);
    } else collected[name] = option.type === "number" ? toNumber(name, value) : value;
  }
  return collected;
}

function toNumber(name: string, value: unknown): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw usage(`--${name} ${String(value)}: not a number`);
  return number;
}

/** yargs joins several sentences with line breaks; one line says enough. */
function plain(message: string): string {
  return message.replace(/\s*\n\s*/g, " ").trim();
}
