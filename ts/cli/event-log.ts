import { visibleJson } from "../report/visible.ts";
import type { CommandOption } from "./command.ts";
import type { Output } from "./output.ts";

/** Option of commands that run until they are stopped. */
export const LOG_FORMAT: CommandOption = {
  type: "text",
  describe: "How events are written to standard error",
  choices: ["text", "json"],
  default: "text",
};

type Level = "info" | "warning" | "debug";

/** Events of a long run as lines for people, or as one JSON document a line; `lineOf` gives `null` for what only programs want. */
export function eventLog<T extends { event: string }>(
  output: Output,
  format: string | undefined,
  lineOf: (event: T) => string | null,
): (event: T) => void {
  const levelOf = ({ event }: T): Level => (event === "warning" ? "warning" : event === "request" ? "debug" : "info");
  if (format === "json") {
    return (event) => output.alert(visibleJson({ ts: new Date().toISOString(), level: levelOf(event), ...event }));
  }
  return (event) => {
    const line = lineOf(event);
    if (line === null || (levelOf(event) === "debug" && !output.options.verbose)) return;
    if (levelOf(event) === "warning") output.alert({ color: "yellow", text: "warning" }, `: ${line}`);
    else output.note(line);
  };
}
