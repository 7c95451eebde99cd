import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderCard } from "./card.ts";
import { renderDatasetInfos } from "./dataset-infos.ts";
import { license, sizeCategory } from "./front-matter.ts";
import { sampleInput } from "./sample-input.ts";

function frontMatter(card: string): Record<string, unknown> {
  const end = card.indexOf("\n---\n", 4);
  expect(card.startsWith("---\n")).toBe(true);
  return parse(card.slice(4, end)) as Record<string, unknown>;
}

describe("data card", () => {
  it("has front matter that loaders read", () => {
    expect(frontMatter(renderCard(sampleInput(), null))).toEqual({
      pretty_name: "chat",
      license: "cc-by-4.0",
      language: ["en"],
      size_categories: ["1K<n<10K"],
      tags: ["chat"],
      configs: [
        {
          config_name: "default",
          data_files: [
            { split: "train", path: "data/train-*" },
            { split: "test", path: "data/test-*" },
          ],
        },
      ],
      dataset_info: {
        features: [
          { name: "text", dtype: "string" },
          { name: "tokens", dtype: "int64" },
        ],
        splits: [
          { name: "train", num_bytes: 9000, num_examples: 900 },
          { name: "test", num_bytes: 1000, num_examples: 100 },
        ],
        download_size: 3400,
        dataset_size: 10_000,
      },
    });
  });

  it("names the default of several configurations", () => {
    const input = sampleInput();
    const [first] = input.datasets;
    if (first === undefined) throw new Error("the sample has a data set");
    input.datasets = [
      { ...first, config: "text" },
      { ...first, config: "chat" },
    ];
    const matter = frontMatter(renderCard(input, null));
    expect(matter.configs).toMatchObject([{ config_name: "text", default: true }, { config_name: "chat" }]);
    expect(matter.dataset_info).toMatchObject([{ config_name: "text" }, { config_name: "chat" }]);
  });

  it("has every section a reader looks for", () => {
    const card = renderCard(sampleInput(), null);
    for (const title of [
      "Sources",
      "How it was made",
      "Rows",
      "Language, length and tokens",
      "Benchmarks",
      "Personal data and safety",
      "Known limits",
      "Rebuild",
      "Contact and removal",
      "Notes",
    ]) {
      expect(card).toContain(`\n## ${title}\n`);
    }
    expect(card).toContain("| `screen_tos` | 1,000 | 0 | 900 | 100 (10 %) | 0 | 0 | spam 60, insult 40 |");
    expect(card).toContain("2 rows could not be read");
    expect(card).toContain("| spam | 164 | 1 | 160 | 120 | 3 | 1 |");
    // Pieces of benchmarks are told in the report, not on a page that is made to be spread.
    expect(card).not.toContain("4 to 90");
  });

  it("keeps hand-written parts, also those it has no place for", () => {
    const first = renderCard(sampleInput(), null);
    const edited = `${first.replace("Write here; this part survives every rebuild.", () => "Mine: $& $1")}\n<!-- keep:extra -->More<!-- /keep:extra -->\n`;
    const second = renderCard(sampleInput(), edited);
    expect(second).toContain("Mine: $& $1");
    expect(second).toContain("<!-- keep:extra -->More<!-- /keep:extra -->");
    expect(renderCard(sampleInput(), second)).toBe(second);
  });

  it("lets no text from data become markup", () => {
    const card = renderCard(sampleInput("a|b`c\n# d <!-- keep:notes --> <img src=x onerror=alert(1)> \u202e"), null);
    const body = card.slice(card.indexOf("\n---\n") + 5);
    expect(body.match(/<!-- keep:notes -->/g)).toHaveLength(1);
    const outside = body.replace(/(`{3,})[\s\S]*?\n\1/g, "").replace(/`[^`\n]*`/g, "");
    expect(outside).not.toMatch(/<img|\n# d|\u202e/);
    for (const line of outside.split("\n").filter((text) => text.startsWith("| ")))
      expect(line.endsWith(" |")).toBe(true);
  });
});

describe("figures of the front matter", () => {
  it.each([
    [0, "n<1K"],
    [999, "n<1K"],
    [1000, "1K<n<10K"],
    [123_456, "100K<n<1M"],
    [2e12, "n>1T"],
  ])("%d rows are %s", (rows, name) => {
    expect(sizeCategory(rows)).toBe(name);
  });

  it("calls mixed licences other", () => {
    expect(
      license({
        sources: [
          { name: "a", license: "MIT" },
          { name: "b", license: "CC0-1.0" },
        ],
      }),
    ).toBe("other");
    expect(
      license({
        sources: [
          { name: "a", license: "MIT" },
          { name: "b", license: "MIT" },
        ],
      }),
    ).toBe("MIT");
    expect(license({})).toBeUndefined();
  });

  it("go into dataset_infos.json with all columns", () => {
    expect(JSON.parse(renderDatasetInfos(sampleInput()))).toMatchObject({
      default: {
        license: "cc-by-4.0",
        features: { text: { dtype: "string", _type: "Value" }, tokens: { dtype: "int64", _type: "Value" } },
        splits: { train: { name: "train", num_bytes: 9000, num_examples: 900, dataset_name: "default" } },
        download_size: 3400,
        dataset_size: 10_000,
        size_in_bytes: 13_400,
      },
    });
  });
});
