import { bytes, grouped } from "../../report/figures.ts";
import { loadApi } from "../api.ts";
import { type Command, EXIT } from "../command.ts";
import { columns } from "../text-table.ts";

export const verify: Command = {
  name: "verify",
  summary: "Check every file of a build against the hashes in its manifest",
  positionals: [{ name: "out", describe: "Output folder of a build", required: true }],
  options: { all: { type: "flag", describe: "Check intermediate parts and task records as well" } },
  examples: [["gristmill verify out", "exit code 4 if a file is missing or altered"]],
  async run(args, { output, signal }) {
    const api = await loadApi();
    const found = await api.verify(args.text("out") ?? "", { all: args.flag("all"), signal });
    output.result(found, () => {
      const checked = `${grouped(found.files)} files, ${bytes(found.bytes)}`;
      if (found.ok) return `ok  ${checked}`;
      return [
        ...columns(found.findings.map((finding) => [finding.path, finding.problem, finding.message])),
        `${grouped(found.findings.length)} of ${checked} are not as the manifest says`,
      ].join("\n");
    });
    return found.ok ? EXIT.done : EXIT.gate;
  },
};
