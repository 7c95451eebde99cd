import { STEPS } from "../steps/index.ts";
import { ALIASES } from "./aliases/index.ts";
import { COMMANDS } from "./registry.ts";
import { columns } from "./text-table.ts";

/** What `gristmill --help` prints. */
export function overview(version: string): string {
  const line = (name: string, summary: string): string[] => ["", name, summary];
  return [
    `gristmill ${version}: raw text in, LLM training data sets out`,
    "",
    "Usage: gristmill <command> [arguments] [options]",
    "",
    "Commands",
    ...columns(COMMANDS.map((command) => line(command.name, command.summary))),
    "",
    "Steps, each on any supported file: gristmill <step> IN... -o OUT [--trace FILE] [options]",
    ...columns(STEPS.map((step) => line([step.name, ...step.aliases].join(", "), step.summary))),
    "",
    "Old programs of the Discord toolbox, with their own flags (-p FILE) and names of results",
    ...columns(ALIASES.map((alias) => line([alias.name, ...(alias.also ?? [])].join(", "), alias.summary))),
    "",
    "Examples",
    ...columns([
      line("gristmill build discord-dialogues -o out", "the shipped recipe on its bundled sample"),
      line("gristmill build my.yaml --var input=chat.json.gz -o out", "your recipe, your file"),
      line("gristmill min_turns chats.jsonl -o long.jsonl --min 4", "one step alone"),
      line("gristmill explain ID --in out", "why a row was dropped"),
    ]),
    "",
    "Exit codes",
    ...columns([
      line("0", "done"),
      line("1", "failed"),
      line("2", "wrong usage or recipe"),
      line("3", "input missing or unreadable"),
      line("4", "done, but a check found something"),
      line("5", "output exists (--overwrite)"),
      line("130", "interrupted; the same command goes on"),
    ]),
    "",
    "gristmill <command> --help shows options and examples of a command.",
  ].join("\n");
}
