import type { Manifest } from "../run/index.ts";
import { grouped } from "./figures.ts";
import { escapeHtml, htmlTable } from "./html.ts";
import { svgBars } from "./svg-bars.ts";

/** What the decider of likeness reports. */
interface Found {
  sketch: {
    permutations: number;
    bands: number;
    rows: number;
    threshold: number;
    recall_at_threshold: number;
    curve: { similarity: number; compared: number }[];
  };
  copies: number;
  pairs: { candidates: number; compared: number; alike: number };
  clusters: { count: number; rows: number; sizes: { rows: number; clusters: number }[] };
  examples: { id: string; twin: string; similarity: number }[];
}

/** Sizes of clusters shown one by one; the largest are what people look for. */
const SIZES = 20;

/** Clusters, pairs, the chance of being compared and examples, for each step that looked for near duplicates. */
export function nearDuplicates(findings: Manifest["findings"]): string {
  const sections = (findings ?? []).flatMap(({ step, found }) => (isFound(found) ? [section(step, found)] : []));
  return sections.length === 0 ? "" : `<h2>Near duplicates</h2>\n${sections.join("\n")}`;
}

function isFound(found: unknown): found is Found {
  return typeof found === "object" && found !== null && "sketch" in found && "clusters" in found;
}

function section(step: string, { sketch, copies, pairs, clusters, examples }: Found): string {
  const facts: [string, string][] = [
    ["clusters", grouped(clusters.count)],
    ["rows in clusters", grouped(clusters.rows)],
    ["rows with the tokens of another", grouped(copies)],
    ["pairs that share a band", grouped(pairs.candidates)],
    ["pairs compared", grouped(pairs.compared)],
    ["pairs found alike", grouped(pairs.alike)],
    ["bands", `${sketch.bands} of ${sketch.rows} values, of ${sketch.permutations}`],
    ["chance to be compared at the threshold", percentOf(sketch.recall_at_threshold)],
  ];
  const sizes = clusters.sizes
    .slice(-SIZES)
    .map(({ rows, clusters }) => ({ label: `${grouped(rows)} rows`, value: clusters }));
  const curve = sketch.curve.map(({ similarity, compared }) => [similarity.toFixed(2), percentOf(compared)]);
  const told = examples.map(({ id, twin, similarity }) => [id, twin, similarity.toFixed(4)]);
  return [
    `<h3>${escapeHtml(step)}</h3>`,
    htmlTable(["figure", "value"], facts, [1]),
    ...(sizes.length === 0 ? [] : [svgBars(`Clusters of ${step} by size`, sizes)]),
    `<p>Of pairs of a similarity, so many are compared; alike are those of ${sketch.threshold} and more.</p>`,
    htmlTable(["similarity", "compared"], curve, [0, 1]),
    ...(told.length === 0 ? [] : [htmlTable(["row", "like", "similarity"], told, [2])]),
  ].join("\n");
}

const percentOf = (share: number): string => `${(share * 100).toFixed(2)} %`;
