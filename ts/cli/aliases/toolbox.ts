import { COUNT_COLUMNS } from "../../steps/index.ts";
import {
  type Alias,
  type AliasGiven,
  type AliasOption,
  ignored,
  joined,
  named,
  oneStep,
  parity,
  parityFlag,
  tokenizerOf,
} from "./alias.ts";

/** Whether the data may come from a format that knows no numbers. */
const CAST = { name: "cast", options: { integers: [...COUNT_COLUMNS] } };

const tokenizer: AliasOption = {
  type: "text",
  short: "m",
  also: ["model"],
  describe: "tokenizer.json, or the folder of a model that holds one; or words, chars, bytes",
};

/** The programs that work on tables of dialogues. */
export const TOOLBOX: readonly Alias[] = [
  {
    name: "split",
    also: ["splitcsv"],
    summary: "Cut a table into N files of equal length, in order (splitcsv.py)",
    about: "Files go to <folder>/<i>/split.csv with i from 1, beside the input. -p may leave out the ending .csv.",
    options: {
      parts: { type: "number", short: "s", also: ["splits"], describe: "Number of files", default: "10" },
    },
    examples: [
      ["gristmill split -p data/done.csv -s 3", "data/1/split.csv, data/2/split.csv, data/3/split.csv"],
      ["gristmill split done.parquet -s 4 -o 'parts/{part}.parquet'", "names of your own"],
    ],
    out: ({ folder, ending }) => joined(folder, `{part}/split${ending}`),
    work: (given) => ({ kind: "split", parts: given.number("parts") ?? 10 }),
  },
  {
    name: "combineall",
    also: ["combine"],
    summary: "Join all CSV or Parquet files below a folder to one (combineall.py)",
    about: `Files are taken in order of their paths and joined by column name; the old program went by position and mixed columns up.
The words NA, null and nan stay what they are.`,
    options: {
      "allow-missing": { type: "flag", describe: "Leave a column empty in the rows of files that lack it" },
      "max-mem-gb": ignored("--memory sets the limit"),
      chunk: ignored("rows are read in batches of about 1 MB", { short: "c" }),
    },
    examples: [["gristmill combineall -p data/parts -o combined.csv", "every file below data/parts"]],
    out: ({ folder, ending }) => joined(folder, `combined${ending}`),
    work: (given) => ({ kind: "steps", steps: [], even: !given.flag("allow-missing") }),
  },
  {
    name: "filterturns",
    summary: "Keep dialogues with -min to -max turns, and draw how many have how many (filterturns.py)",
    about: "-max may be left out. The chart goes beside the output, with the ending .png.",
    step: "min_turns",
    options: {
      "min-turns": { type: "number", also: ["min"], describe: "Fewest turns", default: "2", sets: "min" },
      "max-turns": { type: "number", also: ["max"], describe: "Most turns", default: "no limit", sets: "max" },
      "no-chart": { type: "flag", describe: "Draw no chart" },
    },
    examples: [["gristmill filterturns -p chats.csv -min 2 -max 10", "writes chats2to10.csv and chats2to10.png"]],
    out: ({ folder, stem, ending }, given) => joined(folder, `${stem}${range(given)}${ending}`),
    work: (given, { folder, stem }) => {
      const out = given.text("out");
      const chart = out === undefined ? joined(folder, `${stem}${range(given)}.png`) : `${withoutEnding(out)}.png`;
      return {
        kind: "steps",
        steps: [{ name: "min_turns", options: { ...given.options } }],
        ...(given.flag("no-chart") ? {} : { chart }),
      };
    },
  },
  {
    name: "dedupe",
    summary: "Drop repeated dialogues (dedupe.py)",
    about: `By default equal dialogues go, and of those that differ only in the last reply the longest stays. The old program kept
one dialogue for each last message, so that unrelated ones which end in "thanks" collapsed: --parity or --by last_message.`,
    step: "dedupe",
    options: { parity: parityFlag },
    examples: [
      ["gristmill dedupe -p chats.csv", "writes chats_deduped.csv"],
      ["gristmill dedupe chats.csv -o unique.csv --by exact", "by equal text alone"],
    ],
    out: named("_deduped"),
    work: (given) => {
      const options = given.flag("parity") ? { by: ["last_message"], ...given.options } : { ...given.options };
      return { kind: "steps", steps: [{ name: "dedupe", options }] };
    },
  },
  {
    name: "dropcols",
    summary: "Remove id, guild_id and channel_id (dropcols.py)",
    about: "A column that is not there is no fault. Lines that cannot be read are counted and told.",
    step: "drop_columns",
    options: {},
    examples: [["gristmill dropcols -p chats_deduped.csv", "writes chats_deduped_pure.csv"]],
    out: named("_pure"),
    work: oneStep("drop_columns"),
  },
  {
    name: "fixend",
    summary: "Remove commas, colons and blanks right before the end tags (fixend.py)",
    about: "Emoticons such as D: keep their colon, as the old program meant them to; --parity has the old rule.",
    step: "close_turns",
    options: {
      "text-column": { type: "text", also: ["tc"], describe: "Column that holds the text", sets: "column" },
      "batch-size": ignored("rows are read in batches of about 1 MB", { also: ["bs"] }),
      workers: ignored("--threads sets the number of threads", { short: "w" }),
      delimiter: { type: "text", describe: "Field separator of CSV", default: "a comma, a tab in .tsv" },
      quotechar: { type: "text", choices: ['"'], describe: "Quote of CSV; there is but one" },
      "no-count-first": ignored("nothing is counted first", { type: "flag" }),
      parity,
    },
    examples: [["gristmill fixend -p chats_pure.csv", "writes chats_pure_fixed.csv"]],
    out: named("_fixed"),
    work: oneStep("close_turns"),
  },
  {
    name: "stats",
    summary: "With -p or -o: add columns of counts (stats.py). With a file alone: statistics of its tokens and turns",
    about: `Writes text, tokens, turns, assistant_turns, characters and words; other columns go unless --others keep. assistant_turns is
counted from the text; --parity takes it over from the input.`,
    step: "add_stats",
    options: {
      tokenizer: { ...tokenizer, sets: "tokenizer", default: "words" },
      batch: ignored("rows are read in batches of about 1 MB", { short: "b" }),
      "max-rows": { type: "number", describe: "First so many rows; 0 means all", default: "0" },
      parity,
    },
    examples: [
      ["gristmill stats -p chats_fixed.csv -m tokenizer.json", "writes chats_fixed_stats.csv"],
      ["gristmill stats chats_fixed_stats.csv", "shows its statistics: of the column tokens, else of words, or by -m"],
    ],
    out: (name, given) => (onlyLook(given) ? null : named("_stats")(name, given)),
    work: async (given) => {
      const counter = tokenizerOf(given);
      if (onlyLook(given)) {
        // A table without counts is looked at by words: nothing is said about a tokenizer.
        const counted = counter ?? ((await given.columns()).includes("tokens") ? undefined : "words");
        return { kind: "report", ...(counted === undefined ? {} : { tokenizer: counted }) };
      }
      const options = { others: "drop", ...given.options, ...(counter === undefined ? {} : { tokenizer: counter }) };
      return { kind: "steps", steps: [{ name: "add_stats", options }] };
    },
  },
  {
    name: "par",
    summary: "CSV to Parquet (par.py)",
    about:
      "zstd, text as string, columns of counts as int64. A row that cannot be read is set aside, counted and told.",
    step: "cast",
    options: {},
    examples: [["gristmill par -p chats_stats.csv", "writes chats_stats.parquet"]],
    out: ({ folder, stem }) => joined(folder, `${stem}.parquet`),
    work: oneStep("cast"),
  },
  {
    name: "sortpar",
    summary: "Rich dialogues first: many turns, then long text (sortpar.py)",
    about: "Equal scores keep their order; the old program left it to chance. char_count is added as before.",
    step: "sort_by_richness",
    options: {},
    examples: [["gristmill sortpar -p chats_stats.parquet", "writes chats_stats_sort.parquet"]],
    out: ({ folder, stem }) => joined(folder, `${stem}_sort.parquet`),
    work: ({ options }) => ({
      kind: "steps",
      steps: [CAST, { name: "sort_by_richness", options: { char_count: true, ...options } }],
    }),
  },
  {
    name: "finaltouch",
    also: ["cleanpar"],
    summary: "Remove the last helper columns: assistant_turns, char_count (finaltouch.py, cleanpar.py)",
    about: "The old program left char_count although its documentation said otherwise; --parity leaves it too.",
    step: "drop_columns",
    options: { parity: parityFlag },
    examples: [["gristmill finaltouch -p chats_stats_sort.parquet", "writes train.parquet"]],
    out: ({ folder }) => joined(folder, "train.parquet"),
    work: (given) => {
      const options = {
        columns: ["assistant_turns", ...(given.flag("parity") ? [] : ["char_count"])],
        ...given.options,
      };
      return { kind: "steps", steps: [CAST, { name: "drop_columns", options }] };
    },
  },
  {
    name: "parjson",
    summary: "Describe Parquet files in dataset_infos.json (parjson.py)",
    about: `Tells every column with its type, and num_bytes as the size of the rows in memory; the old program knew the first column
only, and all its sizes were that of the file (--parity for the sizes).`,
    options: {
      yes: { type: "flag", short: "y", describe: "Replace a file that is there; the same as --overwrite" },
      parity: parityFlag,
    },
    examples: [["gristmill parjson -p train.parquet", "writes dataset_infos.json beside it"]],
    out: ({ folder }) => joined(folder, "dataset_infos.json"),
    work: (given) => ({ kind: "infos", compat: given.flag("parity") }),
  },
  {
    name: "tokens",
    summary: "Statistics of token counts as text (tokens.py)",
    about:
      "Texts of more than 4,096 tokens have a line of their own; --parity leaves them out of the histogram as before.",
    options: {
      tokenizer,
      column: { type: "text", describe: "Column that holds the text", default: "text" },
      parity: parityFlag,
    },
    examples: [
      ["gristmill tokens -p chats_stats.csv", "writes chats_stats_tokenstats.txt from the column tokens"],
      ["gristmill tokens -p chats.csv -m tokenizer.json", "counts first"],
    ],
    out: ({ folder, stem }) => joined(folder, `${stem}_tokenstats.txt`),
    work: (given) => {
      const [counter, column] = [tokenizerOf(given), given.text("column")];
      return {
        kind: "tokens",
        compat: given.flag("parity"),
        ...(counter === undefined ? {} : { tokenizer: counter }),
        ...(column === undefined ? {} : { column }),
      };
    },
  },
  {
    name: "turnstats",
    summary: "Dialogues by number of turns: a table in text, a chart as PNG and SVG (turnstats.py)",
    about: "The charts go beside the table: <stem>_turns.png and <stem>_turns.svg.",
    options: { column: { type: "text", describe: "Column that holds the text", default: "text" } },
    examples: [["gristmill turnstats -p chats_stats.csv", "writes chats_stats_turn_table.txt and the charts"]],
    out: ({ folder, stem }) => joined(folder, `${stem}_turn_table.txt`),
    work: (given, { folder, stem }) => {
      const [out, column] = [given.text("out"), given.text("column")];
      const chart = out === undefined ? joined(folder, `${stem}_turns`) : withoutEnding(out);
      return {
        kind: "turns",
        png: `${chart}.png`,
        svg: `${chart}.svg`,
        ...(column === undefined ? {} : { column }),
      };
    },
  },
];

/** A file alone is only looked at: nothing says that a table with more columns is wanted. */
function onlyLook(given: AliasGiven): boolean {
  return !given.has("path") && !given.has("out");
}

function range(given: AliasGiven): string {
  const { min = 2, max } = given.options;
  return `${String(min)}${max === undefined || max === null ? "plus" : `to${String(max)}`}`;
}

function withoutEnding(path: string): string {
  return path.replace(/\.[^./\\]+(\.(gz|zst))?$/, "");
}
