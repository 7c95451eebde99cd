import { bytes } from "../../report/figures.ts";
import { loadApi } from "../api.ts";
import { type Command, EXIT } from "../command.ts";

export const gc: Command = {
  name: "gc",
  summary: "Remove the intermediate parts of a build; its data set stays",
  positionals: [{ name: "out", describe: "Output folder of a build", required: true }],
  options: {},
  examples: [["gristmill gc out", "frees the room below out/.gristmill"]],
  async run(args, { output }) {
    const api = await loadApi();
    const done = await api.gc(args.text("out") ?? "");
    output.result(done, () => `freed ${bytes(done.freed)}`);
    return EXIT.done;
  },
};
