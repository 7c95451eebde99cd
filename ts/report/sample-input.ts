import type { ReportInput } from "./input.ts";

/** A small finished build for tests of the reports; `text` stands wherever text from data can come in. */
export function sampleInput(text = "spam"): ReportInput {
  return {
    manifest: {
      name: "chat",
      build_id: "b0a1",
      seed: 7,
      recipe: { name: "chat", steps: [{ min_turns: 2 }, { screen_tos: { action: "drop", note: text } }] },
      versions: { gristmill: "0.1.0", code: "0.1.0" },
      steps: [
        { name: "read", shape: "read", rows_in: 1002, made: 0, rows_out: 1000, dropped: {}, merged: 0, quarantined: 2 },
        {
          name: "screen_tos",
          shape: "map",
          rows_in: 1000,
          made: 0,
          rows_out: 900,
          dropped: { [text]: 60, insult: 40 },
          merged: 0,
          quarantined: 0,
          changed: { [`${text} rule`]: 5 },
        },
      ],
      findings: [
        {
          step: "near_dedup",
          found: {
            sketch: {
              permutations: 128,
              bands: 18,
              rows: 7,
              threshold: 0.8,
              recall_at_threshold: 0.9856,
              curve: [{ similarity: 0.8, compared: 0.9856 }],
            },
            copies: 3,
            pairs: { candidates: 20, compared: 9, alike: 5 },
            clusters: { count: 4, rows: 12, sizes: [{ rows: 3, clusters: 4 }] },
            examples: [{ id: text, twin: `${text}-0`, similarity: 0.9312 }],
          },
        },
        {
          step: "decontaminate",
          found: {
            action: "drop",
            n: 10,
            min_words: 4,
            min_chars: 40,
            rows: 9,
            items_found: 1,
            benchmarks: [
              {
                file: text,
                items: 164,
                items_found: 1,
                by_ngram: 160,
                by_substring: 120,
                short: 3,
                untested: 1,
                untested_items: [`${text}:7`],
                texts_below_floor: 2,
              },
            ],
            items: [
              {
                item: `${text}:3`,
                rows: 9,
                pieces: { ngram: 11, [`${text} rule`]: 1 },
                examples: [{ id: text, rule: text, start: 4, end: 90, piece: text }],
              },
            ],
          },
        },
        {
          step: "dedupe_lines",
          found: {
            unit: "lines",
            compared: 1200,
            distinct: 1000,
            repeated: 77,
            duplicates: 200,
            characters: { compared: 60_000, duplicates: 7000 },
            examples: [{ times: 12, text }],
          },
        },
        {
          step: "mix",
          found: {
            mix: { measure: "tokens", budget: 90, max_epochs: 2, rows: 20, material: 100, given_rows: 18, given: 90 },
            columns: [
              {
                column: text,
                values: [
                  {
                    value: text,
                    material: 60,
                    given_rows: 10,
                    given: 50,
                    wanted: 0.5,
                    achieved: 0.5556,
                    epochs: 0.8333,
                  },
                  { value: null, material: 40, given_rows: 8, given: 40, wanted: 0.5, achieved: 0.4444, epochs: 1 },
                ],
              },
            ],
            cells: [],
            warnings: [`${text}: 50.0 % wanted`],
          },
        },
      ],
      outputs: [{ path: "data/train-00000-of-00002.parquet", rows: 900, bytes: 3000, sha256: "ab".repeat(32) }],
    },
    inputs: [{ name: text, source: "csv", bytes: 12_345, sha256: "cd".repeat(32) }],
    datasets: [
      {
        config: "default",
        splits: [
          {
            name: "train",
            files: ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"],
            rows: 900,
            bytes: 3000,
            num_bytes: 9000,
          },
          { name: "test", files: ["data/test-00000-of-00001.parquet"], rows: 100, bytes: 400, num_bytes: 1000 },
        ],
        features: [
          { name: "text", dtype: "string" },
          { name: "tokens", dtype: "int64" },
        ],
        legacy_features: { text: { dtype: "string", _type: "Value" }, tokens: { dtype: "int64", _type: "Value" } },
      },
    ],
    card: { license: "cc-by-4.0", language: "en", tags: ["chat"], sources: [{ name: text, license: "MIT" }] },
    tokens: {
      count: 900,
      sum: 45_000,
      min: 3,
      max: 5000,
      mean: 50,
      median: 48,
      std: 12.5,
      skew: 0.5,
      kurt: 3.25,
      percentiles: [
        ["99.9%", 278.68],
        ["95%", 130],
      ],
      total_chars: 200_000,
      total_words: 30_000,
      avg_chars: 222.5,
      avg_words: 33.25,
      avg_chars_per_word: 6.5,
      tokens_per_char: 0.225,
      bins: [
        ["0-8", 10],
        ["8-4096", 889],
        ["4096+", 1],
      ],
      assistant_blocks: 1000,
    },
    turns: {
      turns: [
        [2, 800],
        [3, 100],
      ],
    },
  };
}
