import { z } from "zod";
import { column, TRAINED_FOLD } from "./common.ts";
import { defineStep, type NativeKind } from "./step.ts";

const END = "<|endoftext|>";
const PAD = "<|pad|>";

const token = z.string().min(1).nullable().default(null);

const options = z.strictObject({
  model: z.enum(["bpe", "unigram"]).default("bpe").describe("Kind of tokenizer"),
  column,
  vocab_size: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(32_000)
    .describe("Size of the vocabulary, special tokens included"),
  special_tokens: z
    .array(z.string().min(1))
    .nullable()
    .default(null)
    .describe(
      `Special tokens in the order of their ids; when absent \`${END}\` and \`${PAD}\` of bpe, none of unigram`,
    ),
  digits: z.enum(["together", "individual"]).default("together").describe("Whether every digit stands alone"),
  into: z
    .string()
    .regex(/^[^./\\][^/\\]*$/)
    .default("tokenizer")
    .describe("Folder for the files, below the output folder"),
  split: z
    .string()
    .min(1)
    .default("gpt2")
    .describe("bpe: how text is cut into words: gpt2, cl100k, o200k, llama3, qwen2, deepseek, or a pattern"),
  min_frequency: z.int().min(1).default(2).describe("bpe: pairs that stand together less often are not merged"),
  min_word_count: z
    .int()
    .min(1)
    .default(1)
    .describe("bpe: words that occur less often are left out, which saves memory while words are merged"),
  initial_alphabet: z
    .enum(["bytes", "seen"])
    .default("bytes")
    .describe("bpe: whether all 256 bytes have tokens, or only those that occur"),
  max_token_length: z
    .int()
    .min(2)
    .nullable()
    .default(null)
    .describe("bpe: no token is as long as this or longer, in bytes"),
  bos_token: token.describe("bpe: special token that begins a text, for `tokenizer_config.json`"),
  eos_token: token.describe(`bpe: special token that ends a text; when absent \`${END}\` if it is one`),
  unk_token: token.describe("bpe: special token for the unknown, for `tokenizer_config.json`"),
  pad_token: token.describe(
    `bpe: special token that fills batches up; when absent \`${PAD}\` if it is one. Never the one that ends a text, or training would not see ends`,
  ),
  model_max_length: z
    .int()
    .min(1)
    .default(8192)
    .describe("bpe: longest input of the model, for `tokenizer_config.json`"),
  hard_vocab_limit: z
    .boolean()
    .default(true)
    .describe(
      "unigram: it is a failure when the text does not yield `vocab_size` pieces; else the vocabulary is smaller",
    ),
  character_coverage: z
    .number()
    .gt(0)
    .max(1)
    .default(0.9995)
    .describe("unigram: share of the text's characters that get a piece of their own; the rarest stay without"),
  byte_fallback: z.boolean().default(true).describe("unigram: characters without a piece become bytes"),
  symbols: z.array(z.string().min(1)).default([]).describe("unigram: texts that are always one piece"),
  max_piece_length: z.int().min(1).max(512).default(16).describe("unigram: characters of the longest piece"),
  split_by_whitespace: z.boolean().default(true).describe("unigram: a piece keeps to one word"),
  split_by_unicode_script: z.boolean().default(true).describe("unigram: a piece keeps to one script"),
  split_by_number: z.boolean().default(true).describe("unigram: a piece keeps numbers and letters apart"),
  normalise: z
    .boolean()
    .default(true)
    .describe("unigram: characters are normalised by NFKC, with rules for white space and controls"),
  add_dummy_prefix: z.boolean().default(true).describe("unigram: a space is put in front of the text"),
  remove_extra_whitespaces: z
    .boolean()
    .default(true)
    .describe("unigram: runs of spaces become one, and spaces around the text go"),
});

type Options = z.infer<typeof options>;

/** Trains a tokenizer on the rows as they are at this point. */
export const trainTokenizer = defineStep({
  name: "train_tokenizer",
  aliases: [],
  summary: "Train a tokenizer on a text column; the rows go on as they are",
  details: `\`bpe\` is byte-level byte-pair encoding with the result of Hugging Face's trainer to the last merge; \`unigram\` is a model of
SentencePiece's kind. Neither depends on the order of the rows or the number of threads. Words are counted in parts; the rest comes at
the end. Counts of \`bpe\` that outgrow their room move to temporary files; while they are merged the distinct words are in memory. The files come to lie in the folder \`into\` below the output folder (of a command: beside the output file):
\`tokenizer.json\`, \`tokenizer_config.json\`, \`special_tokens_map.json\`, and \`vocab.json\` with \`merges.txt\`, or \`tokenizer.model\` with
\`tokenizer.vocab\`. Steps after it use the result by the name \`trained\`.

Of \`bpe\` special tokens have the first ids, in their order; then come the bytes, then the merges. The next merge is that of the most
frequent pair, of equals that with the smaller ids; it ends at \`vocab_size\` or when no pair stands together \`min_frequency\` times.
Of \`unigram\` the first pieces are \`<unk>\`, \`<s>\`, \`</s>\`, the special tokens, the symbols, and with \`byte_fallback\` the bytes.`,
  shape: "fold",
  options,
  shorthand: "vocab_size",
  needs: ({ column }) => [column],
  adds: () => [],
  examples: [
    {
      recipe: "- train_tokenizer: { vocab_size: 32000 }",
      command: "gristmill tokenizer train corpus.jsonl -o my-tokenizer --vocab-size 32000",
    },
    {
      recipe: "- train_tokenizer: { model: unigram, vocab_size: 8000, digits: individual }",
      command: "gristmill tokenizer train corpus.jsonl -o my-tokenizer --model unigram --vocab-size 8000",
    },
  ],
  parts: (given) => [
    {
      shape: "fold",
      name: TRAINED_FOLD,
      native: given.model === "bpe" ? bpe(given) : unigram(given),
      files: given.into,
    },
  ],
});

function bpe({
  column,
  vocab_size,
  min_frequency,
  min_word_count,
  split,
  max_token_length,
  ...more
}: Options): NativeKind {
  const special_tokens = more.special_tokens ?? [END, PAD];
  const { bos_token, unk_token, model_max_length } = more;
  const usual = (name: string): string | null => (special_tokens.includes(name) ? name : null);
  return {
    kind: "train_bpe",
    options: {
      column,
      vocab_size,
      min_frequency,
      min_word_count,
      special_tokens,
      split,
      digits: more.digits === "individual",
      whole_alphabet: more.initial_alphabet === "bytes",
      max_token_length,
      bos_token,
      eos_token: more.eos_token ?? usual(END),
      unk_token,
      pad_token: more.pad_token ?? usual(PAD),
      model_max_length,
    },
  };
}

function unigram({ column, vocab_size, symbols, character_coverage, byte_fallback, ...more }: Options): NativeKind {
  return {
    kind: "train_unigram",
    options: {
      column,
      vocab_size,
      hard_vocab_limit: more.hard_vocab_limit,
      special_tokens: more.special_tokens ?? [],
      symbols,
      character_coverage,
      byte_fallback,
      digits: more.digits === "individual",
      max_piece_length: more.max_piece_length,
      split_by_whitespace: more.split_by_whitespace,
      split_by_unicode_script: more.split_by_unicode_script,
      split_by_number: more.split_by_number,
      normalise: more.normalise,
      add_dummy_prefix: more.add_dummy_prefix,
      remove_extra_whitespaces: more.remove_extra_whitespaces,
    },
  };
}
