import { Arguments, type Command, EXIT } from "./command.ts";
import { report, usage } from "./fail.ts";
import { onInterrupt } from "./interrupt.ts";
import { Output } from "./output.ts";
import { kebabOptions, splitCommand, takeDotted } from "./words.ts";

/** Runs one command line and gives its exit code. Streams and the process belong to the caller, `bin/gristmill.js`. */
export async function main(argv: readonly string[]): Promise<number> {
  const words = kebabOptions(argv);
  const has = (...names: string[]): boolean => {
    const end = words.indexOf("--");
    return (end < 0 ? words : words.slice(0, end)).some((word) => names.includes(word));
  };
  const debug = has("--verbose", "-v") || (process.env.GRISTMILL_DEBUG ?? "") !== "";
  const output = new Output(process.stdout, process.stderr, {
    json: has("--json", "--json=true"),
    quiet: has("--quiet", "--quiet=true"),
    verbose: debug,
    // https://no-color.org: any value that is not empty switches colours off.
    color: process.stderr.isTTY === true && (process.env.NO_COLOR ?? "") === "" && !has("--no-color"),
  });
  const interrupt = onInterrupt((message) => output.alert(message));
  try {
    return await dispatch(words, output, interrupt.signal);
  } catch (error) {
    return report(output, error, debug);
  } finally {
    interrupt.release();
  }
}

async function dispatch(words: readonly string[], output: Output, signal: AbortSignal): Promise<number> {
  const { command: name, rest } = splitCommand(words);
  if (rest.includes("--version") && name === undefined) {
    const { version } = await import("../api/version.ts");
    output.result({ version: version() }, () => version());
    return EXIT.done;
  }
  if (name === undefined || name === "help" || name === "-h") {
    const topic = name === "help" ? rest.filter((word) => !word.startsWith("-")) : [];
    if (topic.length > 0) return dispatch([...topic, "--help"], output, signal);
    return showOverview(output, name === undefined && !rest.includes("--help"));
  }
  const { findCommand } = await import("./registry.ts");
  const found = await findCommand(name);
  if (found === undefined) throw await unknown(name);
  if (found.sub !== undefined) {
    const { family } = await import("./family.ts");
    const member = family(found, rest);
    return member === null ? showFamily(found, rest, output) : run(member.command, member.rest, output, signal);
  }
  return run(found, rest, output, signal);
}

async function run(command: Command, rest: readonly string[], output: Output, signal: AbortSignal): Promise<number> {
  const { parse } = await import("./parse.ts");
  const { rest: plain, dotted } = takeDotted(rest);
  const columns = Math.min(120, process.stdout.columns ?? 100);
  const parsed = await parse(command, plain, columns, dotted);
  if ("help" in parsed) {
    output.result({ help: parsed.help }, () => parsed.help);
    return EXIT.done;
  }
  return command.run(new Arguments({ ...parsed.values, dotted }), { output, signal });
}

/** Without a command under it, help is shown; asked for or not decides the exit code. */
async function showFamily(command: Command, rest: readonly string[], output: Output): Promise<number> {
  const { familyHelp } = await import("./family.ts");
  const text = familyHelp(command);
  const asked = rest.includes("--help") || rest.includes("-h");
  if (asked) output.result({ help: text }, () => text);
  else output.alert(text);
  return asked ? EXIT.done : EXIT.usage;
}

/** Without any word, help is shown all the same, but it was no command: exit code 2. */
async function showOverview(output: Output, bare: boolean): Promise<number> {
  const { overview } = await import("./help.ts");
  const { version } = await import("../api/version.ts");
  const text = overview(version());
  if (bare) output.alert(text);
  else output.result({ help: text }, () => text);
  return bare ? EXIT.usage : EXIT.done;
}

async function unknown(name: string): Promise<Error> {
  const { allCommands } = await import("./registry.ts");
  const { nearest } = await import("../recipe/nearest.ts");
  const names = (await allCommands()).flatMap((command) => [command.name, ...(command.aliases ?? [])]);
  const meant = nearest(name, names);
  return usage(
    `no command ${name}`,
    meant === null
      ? "gristmill --help lists the commands"
      : `did you mean ${meant}? gristmill --help lists the commands`,
  );
}
