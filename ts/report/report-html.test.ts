import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { repeatedSummaries } from "./repeated-units.ts";
import { renderReportHtml } from "./report-html.ts";
import { sampleInput } from "./sample-input.ts";
import { renderTokenReport, renderTurnTable } from "./token-report.ts";
import { visible, visibleJson } from "./visible.ts";

const shared = new URL("../../../shared/data/hostile/naughty-strings/blns.json", import.meta.url);
const HOSTILE = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "</style><script>alert(1)</script>",
  "javascript:alert(1)",
  "\u202egnp.exe\u0000\u001b[31m",
  "]]>--><!--",
];

/** Element and attribute names of a document, without its text. */
function skeleton(html: string): string[] {
  return [...html.matchAll(/<\/?([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/gi)].map(
    ([, tag, attributes = ""]) =>
      `${tag} ${[...attributes.matchAll(/([a-z-]+)(?==|\s|$)/gi)].map((m) => m[1]).join(" ")}`,
  );
}

describe("HTML report (R42)", () => {
  const plain = renderReportHtml(sampleInput());

  it("needs no script and nothing from elsewhere", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(plain)?.[1] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe-inline");
    const style = /<style>([\s\S]*?)<\/style>/.exec(plain)?.[1] ?? "";
    expect(policy).toContain(createHash("sha256").update(style).digest("base64"));
    expect(plain).not.toMatch(/<script|<link|<iframe|src=|href=|url\(|style="/i);
    expect(plain).toContain("<svg");
  });

  it("tells of near duplicates where a step looked for them", () => {
    expect(plain).toContain("<h2>Near duplicates</h2>");
    expect(plain).toContain("18 of 7 values, of 128");
    expect(plain).toContain("98.56 %");
    const { findings: _, ...manifest } = sampleInput().manifest;
    expect(renderReportHtml({ ...sampleInput(), manifest })).not.toContain("Near duplicates");
  });

  it("tells what was found of benchmarks where a step looked for it", () => {
    expect(plain).toContain("<h2>Benchmarks in the data</h2>");
    expect(plain).toContain("9 rows hold pieces of 1 item of benchmarks and were dropped.");
    expect(plain).toMatch(/<td>spam:3<\/td><td class="n">9<\/td><td class="n">12<\/td><td>ngram, spam rule<\/td>/);
    expect(plain).toContain("<td>4 to 90</td>");
    expect(plain).toContain("Too short to be found: spam:7.");
    const { findings: _, ...manifest } = sampleInput().manifest;
    expect(renderReportHtml({ ...sampleInput(), manifest })).not.toContain("Benchmarks in the data");
  });

  it("tells of lines that come again where a step looked for them", () => {
    expect(plain).toContain("<h2>Lines that come again</h2>");
    expect(plain).toContain("lines that come too often");
    expect(repeatedSummaries(sampleInput().manifest.findings)).toEqual([
      "dedupe_lines: 200 of 1,200 lines compared are duplicates, 12 % of their characters",
    ]);
    const { findings: _, ...manifest } = sampleInput().manifest;
    expect(renderReportHtml({ ...sampleInput(), manifest })).not.toContain("come again");
  });

  it.each(HOSTILE)("escapes %j", (text) => {
    const html = renderReportHtml(sampleInput(text));
    expect(skeleton(html)).toEqual(skeleton(plain));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the purpose
    expect(html).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  it.skipIf(!existsSync(shared))("escapes the big list of naughty strings", () => {
    const strings = JSON.parse(readFileSync(shared, "utf8")) as string[];
    expect(strings.length).toBeGreaterThan(400);
    const shape = skeleton(plain);
    for (const text of strings) {
      // A reason that happens to be called like the other one, or a number, only reorders equal elements.
      const html = renderReportHtml(sampleInput(`${text}.`));
      expect(skeleton(html), JSON.stringify(text)).toEqual(shape);
    }
  });
});

describe("visible text (R43)", () => {
  it("spells out every control and direction mark", () => {
    for (let point = 0; point < 0xa0; point += 1) {
      const control = point < 0x20 || point >= 0x7f;
      const c = String.fromCharCode(point);
      if (control && c !== "\n") expect(visible(c)).toBe(`\\u{${point.toString(16)}}`);
      else expect(visible(c)).toBe(c);
    }
    expect(visible("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")).toMatch(
      /^[\x20-\x7e]+$/,
    );
    expect(JSON.parse(visibleJson({ a: "\u202e\u009b\u007f" }))).toEqual({ a: "\u202e\u009b\u007f" });
  });
});

describe("token report", () => {
  it("has the lines that scripts expect", () => {
    const text = renderTokenReport(sampleInput().tokens ?? expect.fail("the sample has token figures"));
    expect(text).toContain("Stats for text:\n  min: 3\n  max: 5000\n  mean: 50.0\n  median: 48.0\n  std: 12.5\n");
    expect(text).toContain("  99.9%: 278.68\n  95%: 130.0\n  total_chars: 200000\n");
    expect(text).toContain("  tokens_per_char: 0.225\n  bin_0-8: 10\n  bin_8-4096: 889\n  bin_4096+: 1\n");
    expect(text.endsWith("\nTotal tokens across all columns: 45000\nTotal assistant blocks: 1000\n")).toBe(true);
    expect(
      renderTurnTable({
        turns: [
          [2, 471],
          [10, 3],
        ],
      }),
    ).toBe(`Score Distribution Table\n${"-".repeat(24)}\n2                  471\n10                 3\n`);
  });
});
