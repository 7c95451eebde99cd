import { grouped } from "../../report/figures.ts";
import { loadApi } from "../api.ts";
import { type Command, EXIT, given } from "../command.ts";
import { usage } from "../fail.ts";
import { importText } from "../import-text.ts";

export const importCommand: Command = {
  name: "import",
  summary: "Bring messages from exports and tables into a message store",
  about: [
    "Reads exports of DiscordChatExporter (JSON), message tables (CSV, JSON Lines, Parquet) and lists of",
    "messages as Discord's REST interface gives them; plain or compressed; files, folders or globs.",
    "Messages that are stored already are left as they are, later edits replace earlier texts, and what",
    "was deleted or is of an opted-out author does not come back. So the same export, or a newer one, can",
    "be imported at any time.",
  ].join(" "),
  positionals: [{ name: "inputs", describe: "Files, folders or globs", required: true, many: true }],
  options: {
    store: {
      type: "text",
      describe: "SQLite file, or postgres://user@host/database",
      default: "$DATABASE_URL, else messages.db",
    },
    format: { type: "text", describe: "Kind of source", default: "by ending, then by content" },
    guild: { type: "text", describe: "Guild of messages that do not tell theirs (lists of the REST interface)" },
    "dry-run": { type: "flag", describe: "Read and check only; nothing is written" },
    strict: { type: "flag", describe: "Exit with 4 when a message could not be taken" },
  },
  examples: [
    ["gristmill import exports/ --store messages.db", "every export below the folder"],
    ["gristmill import dump.csv.gz", "into $DATABASE_URL, else into messages.db"],
    ["gristmill import newer.json --store messages.db", "only what is new or edited changes"],
  ],
  async run(args, { output, signal }) {
    const inputs = args.list("inputs");
    const store = args.text("store") ?? process.env.DATABASE_URL ?? "messages.db";
    if (store === "") throw usage("--store is empty: give a file, or postgres://user@host/database");
    const api = await loadApi();
    let told = Date.now();
    const result = await api.importMessages({
      inputs,
      store,
      ...given({ format: args.text("format"), guild: args.text("guild") }),
      dryRun: args.flag("dry-run"),
      signal,
      onProgress({ rows, bytesDone, bytesTotal }) {
        if (Date.now() - told < 2000) return;
        told = Date.now();
        const share = bytesTotal > 0 ? `, ${Math.floor((100 * bytesDone) / bytesTotal)} %` : "";
        output.note(`import: ${grouped(rows)} messages${share}`);
      },
    });
    output.result(result, () => importText(result));
    const refused = result.unreadable + Object.values(result.refused).reduce((sum, rows) => sum + rows, 0);
    return args.flag("strict") && refused > 0 ? EXIT.gate : EXIT.done;
  },
};
