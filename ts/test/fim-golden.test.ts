import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { addon, gristmill, root } from "./cli-process.ts";

const golden = join(root, "../shared/golden/code");
const folder = mkdtempSync(join(tmpdir(), "gm-fim-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Case {
  name: string;
  mode: string;
  text: string;
  spans: [number, number][];
  expected: string;
  ids?: number[];
}

/** The byte at which prefix and middle meet where the suffix comes first. */
function seams({ mode, text, spans, expected }: Case): number[] {
  const [from = 0, to = 0] = spans[0] ?? [];
  if (mode !== "spm" || from === 0 || from === to) return [];
  return [Buffer.byteLength(expected) - Buffer.byteLength([...text].slice(from, to).join(""))];
}

describe.skipIf(!addon || !existsSync(golden))("rearranged texts", () => {
  it("are encoded piece by piece, as the goldens have it", async () => {
    const cases = (JSON.parse(readFileSync(join(golden, "fim_cases.json"), "utf8")) as Case[]).filter(({ ids }) => ids);
    const rows = cases.map((one) => ({ name: one.name, text: one.expected, fim_seams: seams(one) }));
    writeFileSync(join(folder, "in.jsonl"), `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
    const tokenizer = join(golden, "tokenizer_alphabet.json");
    const args = ["encode", "in.jsonl", "-o", "out.jsonl", "--tokenizer", tokenizer, "--special-in-text", "recognise"];
    const result = await gristmill(args, { cwd: folder });
    expect(result.code, result.stderr).toBe(0);
    const lines = readFileSync(join(folder, "out.jsonl"), "utf8").trim().split("\n");
    const found = lines.map((line) => JSON.parse(line) as { name: string; ids: number[] });
    expect(found.map(({ name, ids }) => [name, ids])).toEqual(cases.map(({ name, ids }) => [name, ids]));
    expect(found.length).toBeGreaterThan(15);
  });
});
