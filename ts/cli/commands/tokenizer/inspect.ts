import { grouped } from "../../../report/figures.ts";
import { visibleJson } from "../../../report/visible.ts";
import { loadApi } from "../../api.ts";
import { type Command, EXIT } from "../../command.ts";
import { columns } from "../../text-table.ts";
import { LOAD, loadOptions, SPECIAL_IN_TEXT } from "./load-options.ts";

/** Added tokens shown on the screen; `--json` has all. */
const SHOWN = 40;

export const inspect: Command = {
  name: "tokenizer inspect",
  summary: "What a tokenizer is, and how it cuts a text",
  positionals: [{ name: "tokenizer", describe: "File or folder", required: true }],
  options: {
    text: { type: "text", describe: "Show the tokens of this text" },
    special: { type: "flag", describe: "Put special tokens around the text, such as a begin token" },
    "special-in-text": { ...SPECIAL_IN_TEXT, default: "recognise" },
    ...LOAD,
  },
  examples: [
    ["gristmill tokenizer inspect tokenizer.json", "engine, size, special tokens"],
    ["gristmill tokenizer inspect tokenizer.json --text 'How is this cut?'", "tokens with ids and places"],
  ],
  async run(args, { output }) {
    const path = args.text("tokenizer") ?? "";
    const api = await loadApi();
    const tokenizer = await api.Tokenizer.load(path, loadOptions(args));
    try {
      const { info } = tokenizer;
      const text = args.text("text");
      const placed = text === undefined ? null : tokenizer.locate(text, { special: args.flag("special") });
      const raw = Buffer.from(text ?? "");
      const tokens =
        placed === null
          ? null
          : Array.from(placed.ids, (id, i) => {
              const [start, end] = [placed.starts[i] ?? 0, placed.ends[i] ?? 0];
              return { id, start, end, text: raw.toString("utf8", start, end) };
            });
      output.result({ path, ...info, ...(tokens === null ? {} : { text, tokens_of_text: tokens }) }, () =>
        [
          path,
          ...columns([
            ["", "engine", info.reason === null ? info.engine : `${info.engine}: ${info.reason}`],
            ...(info.model === null ? [] : [["", "model", info.model]]),
            ["", "tokens", `${grouped(info.tokens)}, ids below ${grouped(info.ids)}`],
            ...(info.longest === null ? [] : [["", "longest", `${grouped(info.longest)} bytes`]]),
            ["", "added", info.added.length === 0 ? "none" : grouped(info.added.length)],
          ]),
          ...columns(
            info.added
              .slice(0, SHOWN)
              .map(({ id, content, special }) => ["", `${id}`, visibleJson(content), special ? "special" : ""]),
            [1],
          ),
          ...(info.added.length > SHOWN ? [`  and ${grouped(info.added.length - SHOWN)} more: --json`] : []),
          ...(tokens === null
            ? []
            : [
                `${grouped(tokens.length)} tokens, ${grouped(raw.length)} bytes`,
                ...columns(
                  tokens.map((token) => ["", `${token.id}`, `${token.start}-${token.end}`, visibleJson(token.text)]),
                  [1, 2],
                ),
              ]),
        ].join("\n"),
      );
      return EXIT.done;
    } finally {
      tokenizer.close();
    }
  },
};
