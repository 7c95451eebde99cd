/** Pieces of code benchmarks in plain JavaScript: a set of 10-grams, and whole texts looked for one after the other. */

export interface BenchmarkItem {
  prompt: string;
  canonical_solution: string;
}

const N = 10;
const MIN_WORDS = 4;
const MIN_CHARS = 40;
const WORD = /^[a-z]{3,}$/;

const collapsed = (text: string): string => text.toLowerCase().replace(/\s+/g, " ");
const tokensOf = (text: string): string[] => text.match(/[a-z0-9_]+/g) ?? [];

/** What texts are compared with. */
export class Benchmark {
  readonly #grams = new Set<string>();
  readonly #wholes: string[] = [];

  constructor(items: readonly BenchmarkItem[]) {
    for (const { prompt, canonical_solution } of items) {
      const tokens = tokensOf(`${prompt}\n${canonical_solution}`.toLowerCase());
      for (let i = 0; i + N <= tokens.length; i++) {
        const run = tokens.slice(i, i + N);
        if (run.filter((token) => WORD.test(token)).length >= MIN_WORDS) this.#grams.add(run.join(" "));
      }
      const quoted = [...prompt.matchAll(/"""([\s\S]*?)"""|'''([\s\S]*?)'''/g)].map(([, a, b]) => a ?? b ?? "");
      const wholes = [...(quoted.length > 0 ? quoted : [prompt]), canonical_solution];
      this.#wholes.push(...wholes.map((text) => collapsed(text).trim()).filter((text) => text.length >= MIN_CHARS));
    }
  }

  /** Whether a text holds a piece of an item. */
  meets(text: string): boolean {
    const normal = collapsed(text);
    if (this.#wholes.some((whole) => normal.includes(whole))) return true;
    const tokens = tokensOf(normal);
    for (let i = 0; i + N <= tokens.length; i++) {
      if (this.#grams.has(tokens.slice(i, i + N).join(" "))) return true;
    }
    return false;
  }
}
