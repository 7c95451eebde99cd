import type { Story, StoryLine } from "../../api/index.ts";
import { oneLine } from "../../report/visible.ts";
import { loadApi } from "../api.ts";
import { type Command, EXIT } from "../command.ts";
import { columns } from "../text-table.ts";

export const explain: Command = {
  name: "explain",
  summary: "Follow one row through every step of a build: where it went, or why it was dropped",
  positionals: [{ name: "id", describe: "Id of the row, as in the data set or in trace/", required: true }],
  options: { in: { type: "text", describe: "Output folder of the build", default: "out" } },
  examples: [["gristmill explain 1084392018374656 --in out", "the story of one row"]],
  async run(args, { output }) {
    const api = await loadApi();
    const story = await api.explain(args.text("in") ?? "out", args.text("id") ?? "");
    output.result(story, () => storyText(story));
    return story.fate === "unknown" ? EXIT.input : EXIT.done;
  },
};

function storyText(story: Story): string {
  if (story.fate === "unknown") return `${oneLine(story.id)}: no row of that id was met in this build`;
  return [
    `${oneLine(story.id)}: ${story.fate}`,
    ...columns(story.lines.map((line) => ["", line.step, ...tell(line)])),
  ].join("\n");
}

function tell(line: StoryLine): string[] {
  if (line.what === "kept") return ["kept", line.id];
  if (line.what === "written") return ["written", `${line.path}, row ${line.row}`];
  const parts = [line.reason];
  if (line.rule !== null) parts.push(`rule ${line.rule}`);
  if (line.twin !== null) parts.push(`${line.what === "merged" ? "into" : "in favour of"} ${line.twin}`);
  if (line.span !== null) parts.push(`bytes ${line.span[0]} to ${line.span[1]}`);
  if (line.excerpt !== null)
    parts.push(line.after === null ? `"${line.excerpt}"` : `"${line.excerpt}" to "${line.after}"`);
  return [line.what, parts.join(", ")];
}
