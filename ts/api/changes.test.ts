import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { addon } from "../test/cli-process.ts";
import { build, explain } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-changes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!addon)("changes in the trace", () => {
  it("explains which rule rewrote what, and that the row went on", async () => {
    writeFileSync(join(folder, "in.jsonl"), '{"key":"a","text":"see  u"}\n{"key":"b","text":"fine"}\n');
    const recipe = join(folder, "recipe.yaml");
    writeFileSync(
      recipe,
      `name: c
sources:
  - jsonl: { path: in.jsonl, key: key }
steps:
  - clean_chat: { layout: plain, changes: excerpts, max_tokens: 2, tokenizer: words }
outputs:
  - file: out.jsonl
`,
    );
    const out = join(folder, "out");
    await build(recipe, { out });
    const story = await explain(out, "a");
    expect(story.fate).toBe("written");
    expect(story.lines.filter((line) => line.what === "changed")).toMatchObject([
      { step: "clean_chat", rule: "spaces", excerpt: "see  u", after: "see u" },
      { step: "clean_chat", rule: "slang", excerpt: "see u", after: "see you" },
    ]);
    expect((await explain(out, "b")).lines.some((line) => line.what === "changed")).toBe(false);
  });

  it("drops what is longer than the limit, with its length", async () => {
    writeFileSync(join(folder, "long.jsonl"), '{"key":"a","text":"one two three"}\n{"key":"b","text":"fine"}\n');
    const recipe = join(folder, "long.yaml");
    writeFileSync(
      recipe,
      `name: l
sources:
  - jsonl: { path: long.jsonl, key: key }
steps:
  - clean_chat: { layout: plain, max_tokens: 2, tokenizer: words }
outputs:
  - file: out.jsonl
`,
    );
    const out = join(folder, "long");
    await build(recipe, { out });
    expect(await explain(out, "a")).toMatchObject({
      fate: "dropped",
      lines: [{}, { reason: "too_long", rule: "token_limit: 3 tokens, at most 2" }],
    });
  });
});
