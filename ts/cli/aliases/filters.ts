import { type Alias, ignored, joined, oneStep, parity } from "./alias.ts";
import { SMARTCLEAN } from "./smartclean.ts";

/** The programs that make dialogues out of messages. */
export const FILTERS: readonly Alias[] = [
  {
    name: "filter",
    summary: "Message table in, filtered table out (filter.sql)",
    about: `Reads a table of messages from a file instead of Postgres. Commands such as "!help" are dropped whole, and a
message loses its first word no more; --parity has the old behaviour.`,
    step: "filter_messages",
    options: { parity },
    examples: [
      ["gristmill filter messages.csv", "writes filter.csv beside it"],
      ["gristmill filter messages.csv --parity -o old.csv", "what the SQL gave"],
    ],
    out: ({ folder, ending }) => joined(folder, `filter${ending}`),
    work: oneStep("filter_messages"),
  },
  {
    name: "chains",
    summary: "Filtered messages in, dialogues out (chains.sh)",
    about: `Reads and writes files instead of tables; nothing has to be resumed by hand. Roles go by author, not by position,
and replies that stand side by side have a fixed order; --parity has the old roles.`,
    step: "build_dialogues",
    options: { parity },
    examples: [
      ["gristmill chains filter.csv", "writes dump.csv beside it"],
      ["gristmill chains filter.csv --paths every_leaf -o all.csv", "one dialogue for each last reply"],
    ],
    out: ({ folder, ending }) => joined(folder, `dump${ending}`),
    work: oneStep("build_dialogues"),
  },
  SMARTCLEAN,
  {
    name: "tos",
    summary: "Drop or redact what terms of service forbid, and personal data (tos.py)",
    about: `Matches whole words, look-alike letters and spaced-out spellings; the old program also hit inside ordinary words. Rows keep
their order, and of a folder all files go into the one output.`,
    step: "screen_tos",
    options: {
      cols: {
        type: "text",
        many: true,
        describe: "Text columns, with commas",
        default: "text, content, message where they are there, else the first one",
      },
      workers: ignored("--threads sets the number of threads"),
      "target-mem-gb": ignored("--memory sets the limit"),
      chunksize: ignored("rows are read in batches of about 1 MB"),
      "parquet-rg-batch": ignored("row groups are read as they are"),
      batch: ignored("it had none before either"),
    },
    examples: [
      ["gristmill tos -p chats.csv -o clean.csv", "rows with a hit go, personal data is redacted"],
      ["gristmill tos --in data/ -o clean.parquet --action redact", "all files of a folder, nothing dropped"],
      ["gristmill tos chats.csv --explain", "what would be dropped or redacted, on the terminal"],
    ],
    out: ({ folder, stem, ending }, given) => (given.flag("explain") ? null : joined(folder, `${stem}_clean${ending}`)),
    work: async (given) => {
      const wanted = given.list("cols").flatMap((text) => text.split(",").map((name) => name.trim()));
      const columns = wanted.length > 0 ? wanted : textColumns(await given.columns());
      return { kind: "steps", steps: [{ name: "screen_tos", options: { columns, ...given.options } }] };
    },
  },
];

/** The columns the old program looked at unless it was told. */
function textColumns(columns: readonly string[]): string[] {
  const usual = ["text", "content", "message"].filter((name) => columns.includes(name));
  return usual.length > 0 ? usual : columns.slice(0, 1);
}
