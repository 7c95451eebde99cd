import { nearest } from "../recipe/nearest.ts";
import type { Command } from "./command.ts";
import { usage } from "./fail.ts";
import { columns } from "./text-table.ts";

/** The command under another that the words name, and the words without its name; `null` where they name none. */
export function family(command: Command, words: readonly string[]): { command: Command; rest: string[] } | null {
  const at = words.findIndex((word) => !word.startsWith("-"));
  if (at < 0) return null;
  const word = words[at] ?? "";
  const name = `${command.name} ${word.replaceAll("_", "-")}`;
  const member = command.sub?.find((sub) => sub.name === name);
  if (member !== undefined) return { command: member, rest: [...words.slice(0, at), ...words.slice(at + 1)] };
  const names = (command.sub ?? []).map((sub) => sub.name.slice(command.name.length + 1));
  const meant = nearest(word, names);
  const hint = `gristmill ${command.name} --help lists the commands`;
  throw usage(`no command ${command.name} ${word}`, meant === null ? hint : `did you mean ${meant}? ${hint}`);
}

/** Help of a command that only holds others. */
export function familyHelp(command: Command): string {
  const line = (name: string, summary: string): string[] => ["", name, summary];
  return [
    `gristmill ${command.name} <command> [arguments] [options]`,
    "",
    command.summary,
    ...(command.about === undefined ? [] : ["", command.about]),
    "",
    "Commands",
    ...columns((command.sub ?? []).map(({ name, summary }) => line(name.slice(command.name.length + 1), summary))),
    "",
    "Examples",
    ...columns(command.examples.map(([example, what]) => line(example, what))),
    "",
    `gristmill ${command.name} <command> --help shows options and examples of a command.`,
  ].join("\n");
}
