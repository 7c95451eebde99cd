/** Near duplicates in plain JavaScript: MinHash of word 5-grams, bands in maps, pairs checked by their sets. */

const VALUES = 128;
const BANDS = 18;
const ROWS = 7;
const SIZE = 5;

/** FNV-1a over UTF-16 units. */
function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Shingles as numbers of 53 bits, so that sets of them can be trusted. */
function shingles(text: string): Set<number> {
  const words = (text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).map(hashWord);
  const set = new Set<number>();
  for (let i = 0; i + SIZE <= words.length; i++) {
    let low = 17;
    let high = 23;
    for (let j = i; j < i + SIZE; j++) {
      low = (Math.imul(low, 31) + (words[j] ?? 0)) | 0;
      high = (Math.imul(high, 0x9e3779b1) ^ (words[j] ?? 0)) | 0;
    }
    set.add(mix(low) + (mix(high) & 0x1fffff) * 2 ** 32);
  }
  return set;
}

const FACTORS = Uint32Array.from({ length: VALUES }, (_, i) => mix(i * 2 + 1) | 1);
const TERMS = Uint32Array.from({ length: VALUES }, (_, i) => mix(i * 2 + 1_000_003));

function sketch(set: ReadonlySet<number>): Uint32Array {
  const least = new Uint32Array(VALUES).fill(0xffffffff);
  for (const shingle of set) {
    const low = (shingle % 2 ** 32) | 0;
    for (let i = 0; i < VALUES; i++) {
      const value = mix(Math.imul(low, FACTORS[i] ?? 1) + (TERMS[i] ?? 0));
      if (value < (least[i] ?? 0)) least[i] = value;
    }
  }
  return least;
}

function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let both = 0;
  for (const shingle of a) if (b.has(shingle)) both++;
  return both / (a.size + b.size - both);
}

/** Numbers of the texts that stay. */
export function nearDedup(texts: readonly string[], threshold: number): number[] {
  const sets = texts.map(shingles);
  const parents = texts.map((_, row) => row);
  const root = (row: number): number => {
    let at = row;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] ?? at] ?? at;
      at = parents[at] ?? at;
    }
    return at;
  };
  const bands = Array.from({ length: BANDS }, () => new Map<string, number[]>());
  for (const [row, set] of sets.entries()) {
    if (set.size === 0) continue;
    const values = sketch(set);
    const near = new Set<number>();
    for (const [band, rows] of bands.entries()) {
      const key = values.subarray(band * ROWS, (band + 1) * ROWS).join();
      const others = rows.get(key);
      if (others === undefined) rows.set(key, [row]);
      else {
        for (const other of others) near.add(other);
        others.push(row);
      }
    }
    for (const other of near) {
      const [a, b] = [root(other), root(row)];
      if (a !== b && jaccard(sets[other] ?? set, set) >= threshold) parents[Math.max(a, b)] = Math.min(a, b);
    }
  }
  return parents.flatMap((_, row) => (root(row) === row ? [row] : []));
}
