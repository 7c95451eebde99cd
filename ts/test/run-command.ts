import { Arguments, type Context } from "../cli/command.ts";
import { Output } from "../cli/output.ts";
import { parse } from "../cli/parse.ts";
import { findCommand } from "../cli/registry.ts";
import { kebabOptions, takeDotted } from "../cli/words.ts";

/** Runs a command line in this process and gives what it prints; failures are thrown. */
export async function runCommand(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const result = { code: 0, stdout: "", stderr: "" };
  const write = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      result[name] += text;
    },
  });
  const output = new Output(write("stdout"), write("stderr"), {
    json: words.includes("--json"),
    quiet: words.includes("--quiet"),
    verbose: false,
    color: false,
  });
  const [name = "", ...rest] = kebabOptions(words);
  const command = await findCommand(name);
  if (command === undefined) throw new Error(`no command ${name}`);
  const { rest: plain, dotted } = takeDotted(rest);
  const parsed = await parse(command, plain, 100, dotted);
  if ("help" in parsed) return { ...result, stdout: parsed.help };
  const context: Context = { output, signal: new AbortController().signal };
  result.code = await command.run(new Arguments({ ...parsed.values, dotted }), context);
  return result;
}
