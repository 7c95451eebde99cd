import { bytes, grouped } from "../../report/figures.ts";
import { loadApi } from "../api.ts";
import { type Command, EXIT } from "../command.ts";
import { columns } from "../text-table.ts";

export const status: Command = {
  name: "status",
  summary: "How far a build is, stage by stage",
  positionals: [{ name: "out", describe: "Output folder of a build", required: true }],
  options: {},
  examples: [["gristmill status out", "what is done, what is left, how much room parts take"]],
  async run(args, { output }) {
    const api = await loadApi();
    const found = await api.status(args.text("out") ?? "");
    output.result(found, () =>
      [
        `build  ${found.buildId}  ${found.state}`,
        ...columns(
          found.stages.map((stage) => [
            "",
            String(stage.stage),
            stage.name,
            stage.kind,
            `${stage.done} of ${stage.tasks ?? "?"} tasks`,
            `${grouped(stage.rows)} rows`,
          ]),
          [1, 4, 5],
        ),
        `parts  ${bytes(found.partsBytes)}${found.partsBytes > 0 ? "; gristmill gc frees them" : ""}`,
      ].join("\n"),
    );
    return EXIT.done;
  },
};
