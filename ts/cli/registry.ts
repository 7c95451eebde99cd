import type { Command } from "./command.ts";
import { build } from "./commands/build.ts";
import { capture } from "./commands/capture.ts";
import { completion } from "./commands/completion.ts";
import { doctor } from "./commands/doctor.ts";
import { explain } from "./commands/explain.ts";
import { gc } from "./commands/gc.ts";
import { importCommand } from "./commands/import.ts";
import { inspect } from "./commands/inspect.ts";
import { plan } from "./commands/plan.ts";
import { schema } from "./commands/schema.ts";
import { serve } from "./commands/serve.ts";
import { status } from "./commands/status.ts";
import { task } from "./commands/task.ts";
import { tokenizer } from "./commands/tokenizer/index.ts";
import { verify } from "./commands/verify.ts";

/** The commands that are not steps, in the order help shows them. */
export const COMMANDS: readonly Command[] = [
  build,
  plan,
  task,
  status,
  gc,
  verify,
  explain,
  inspect,
  importCommand,
  serve,
  capture,
  tokenizer,
  schema,
  doctor,
  completion,
];

/** The command of that name or alias; `-` and `_` are the same. A command goes before an old program, that before a step. */
export async function findCommand(name: string): Promise<Command | undefined> {
  const own = COMMANDS.find((command) => command.name === name.replaceAll("_", "-"));
  if (own !== undefined) return own;
  const { findAlias } = await import("./aliases/index.ts");
  const alias = findAlias(name);
  if (alias !== undefined) return (await import("./alias-command.ts")).aliasCommand(alias);
  const { findStep } = await import("../steps/index.ts");
  const step = findStep(name);
  return step === undefined ? undefined : (await import("./step-command.ts")).stepCommand(step);
}

/** All commands, steps included. */
export async function allCommands(): Promise<Command[]> {
  const { STEPS } = await import("../steps/index.ts");
  const { stepCommand } = await import("./step-command.ts");
  const { ALIASES } = await import("./aliases/index.ts");
  const { aliasCommand } = await import("./alias-command.ts");
  const old = new Set(ALIASES.map((alias) => alias.name));
  const steps = STEPS.filter((step) => !old.has(step.name));
  return [...COMMANDS, ...steps.map(stepCommand), ...ALIASES.map(aliasCommand)];
}
