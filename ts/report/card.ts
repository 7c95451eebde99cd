import { stringify } from "yaml";
import type { ManifestStep } from "../run/index.ts";
import { contaminations } from "./contamination.ts";
import { bytes, fixed, grouped, percent, ranked, sum } from "./figures.ts";
import { license, renderFrontMatter } from "./front-matter.ts";
import type { ReportInput } from "./input.ts";
import { carryOver, keptPart } from "./kept-parts.ts";
import { code, fenced, inline, table } from "./markdown.ts";

/** Steps that exist to protect people; the card tells what each of them did. */
const SAFETY_STEPS: readonly string[] = ["screen_tos", "redact", "clean_chat", "filter_messages"];

/** The data card: front matter for loaders, then what a reader has to know before using the data. */
export function renderCard(input: ReportInput, old: string | null): string {
  const { manifest, card } = input;
  const sections = [
    `# ${inline(card.pretty_name ?? manifest.name)}`,
    about(input),
    `## Sources\n\n${sources(input)}`,
    `## How it was made\n\n${making(input)}`,
    `## Rows\n\n${counts(manifest.steps)}`,
    `## Language, length and tokens\n\n${lengths(input)}`,
    ...benchmarks(input),
    `## Personal data and safety\n\n${safety(input)}`,
    `## Known limits\n\n${limits(input)}`,
    `## Rebuild\n\n${rebuild(input)}`,
    `## Contact and removal\n\n${contact(input)}`,
    `## Notes\n\n${keptPart("notes", "Write here; this part survives every rebuild.")}`,
  ];
  return carryOver(`${renderFrontMatter(input)}\n${sections.join("\n\n")}\n`, old);
}

function about({ card, manifest, datasets }: ReportInput): string {
  const opening = card.description ?? `A data set made by the recipe ${code(manifest.name)}.`;
  const shapes = datasets.flatMap((dataset) =>
    dataset.splits.map((split) => [
      code(dataset.config),
      code(split.name),
      grouped(split.rows),
      String(split.files.length),
      bytes(split.bytes),
    ]),
  );
  const overview =
    shapes.length === 0 ? "" : `\n\n${table(["configuration", "split", "rows", "files", "size"], shapes, [2, 3, 4])}`;
  return `${opening}${overview}\n\n${keptPart("about", "")}`.replace(/\n{3,}/g, "\n\n");
}

function sources({ card, inputs }: ReportInput): string {
  const declared = (card.sources ?? []).map((source) => [
    source.url === undefined ? inline(source.name) : `${inline(source.name)}, <${encodeURI(source.url)}>`,
    inline(source.license ?? "not stated"),
    inline(source.dates ?? "not stated"),
  ]);
  const parts: string[] = [];
  if (declared.length > 0) parts.push(table(["source", "licence", "dates"], declared, []));
  parts.push(`Licence of this data set: ${inline(license(card) ?? "not stated")}.`);
  const files = inputs.map((file) => [
    code(file.name),
    code(file.source),
    bytes(file.bytes),
    code(file.sha256.slice(0, 16)),
  ]);
  if (files.length > 0 && files.length <= 50) parts.push(table(["input", "read as", "size", "sha256"], files, [2]));
  if (files.length > 50)
    parts.push(`${grouped(files.length)} input files; \`manifest.json\` lists them with their hashes.`);
  return parts.join("\n\n").replace(/\n{3,}/g, "\n\n");
}

function making({ manifest }: ReportInput): string {
  const steps = stringify({ steps: manifest.recipe.steps ?? [] }, { lineWidth: 0, aliasDuplicateObjects: false });
  return (
    `Recipe ${code(manifest.name)}, seed ${manifest.seed}, gristmill ${inline(manifest.versions.gristmill)}. ` +
    `The steps in order, every threshold as it was used:\n\n${fenced("yaml", steps)}`
  );
}

function counts(steps: readonly ManifestStep[]): string {
  const rows = steps.map((step) => {
    const dropped = sum(step.dropped);
    const reasons = ranked(step.dropped).slice(0, 5);
    return [
      code(step.name),
      grouped(step.rows_in),
      grouped(step.made),
      grouped(step.rows_out),
      dropped === 0 ? "0" : `${grouped(dropped)} (${percent(dropped, step.rows_in)})`,
      grouped(step.merged),
      grouped(step.quarantined),
      reasons.map(([reason, n]) => `${inline(reason)} ${grouped(n)}`).join(", "),
    ];
  });
  const header = ["step", "in", "made", "out", "dropped", "merged", "quarantined", "most frequent reasons"];
  return (
    `${table(header, rows, [1, 2, 3, 4, 5, 6])}\n` +
    "In every line, in + made = out + dropped + merged + quarantined. " +
    "Each row that was turned away is in `trace/` with step, reason and excerpt, up to a size limit."
  );
}

function lengths({ card, tokens }: ReportInput): string {
  const languages = typeof card.language === "string" ? [card.language] : (card.language ?? []);
  const spoken = `Language: ${languages.length > 0 ? languages.map(inline).join(", ") : "not stated"}.`;
  if (tokens === null || tokens.count === 0) return `${spoken} Tokens were not counted in this build.`;
  const facts: [string, string][] = [
    ["rows", grouped(tokens.count)],
    ["tokens", grouped(tokens.sum)],
    ["tokens per row, mean", fixed(tokens.mean)],
    ["tokens per row, median", fixed(tokens.median)],
    ["tokens per row, 95 % at most", fixed(tokens.percentiles.find(([name]) => name === "95%")?.[1] ?? null)],
    ["tokens per row, longest", grouped(tokens.max ?? 0)],
    ["characters", grouped(tokens.total_chars)],
    ["words", grouped(tokens.total_words)],
    ["assistant turns", grouped(tokens.assistant_blocks)],
  ];
  const bins = tokens.bins.map(([edges, rows]) => [edges, grouped(rows), percent(rows, tokens.count)]);
  return `${spoken}\n\n${table(["figure", "value"], facts, [1])}\n${table(["tokens", "rows", "share"], bins, [1, 2])}`.trimEnd();
}

/** Nothing where no step looked; the examples stay in the report, so that the card does not spread them. */
function benchmarks({ manifest }: ReportInput): string[] {
  const found = contaminations(manifest.findings).map(({ summary, untested, tables }) =>
    [
      inline(summary),
      ...tables
        .filter(({ title }) => title !== "Examples")
        .map(({ header, rows, right }) =>
          table(
            header,
            rows.map((row) => row.map(inline)),
            right,
          ).trimEnd(),
        ),
      ...(untested === null ? [] : [inline(untested)]),
    ].join("\n\n"),
  );
  return found.length === 0 ? [] : [`## Benchmarks\n\n${found.join("\n\n")}`];
}

function safety({ card, manifest }: ReportInput): string {
  const done = manifest.steps
    .filter((step) => SAFETY_STEPS.includes(step.name))
    .map((step) => {
      const changed = step.changed === undefined ? 0 : sum(step.changed);
      const acts = [
        `${grouped(sum(step.dropped))} rows dropped`,
        changed > 0 ? `${grouped(changed)} places or rows changed` : "",
      ];
      return `- ${code(step.name)}: ${acts.filter(Boolean).join(", ")}`;
    });
  const text =
    card.safety ?? "Automatic rules find most, never all, of what they look for: treat the rows as unreviewed text.";
  return done.length === 0 ? text : `${text}\n\n${done.join("\n")}`;
}

function limits({ card, manifest }: ReportInput): string {
  const lost = manifest.steps.reduce((n, step) => n + step.quarantined, 0);
  const stated = card.limitations ?? "None stated by the authors of the recipe.";
  return lost === 0
    ? stated
    : `${stated}\n\n${grouped(lost)} rows could not be read or processed and are left out; \`trace/\` names them.`;
}

function rebuild({ manifest }: ReportInput): string {
  const commands =
    `node -p "JSON.stringify(require('./manifest.json').recipe, null, 2)" > recipe.yaml\n` +
    `npx gristmill@${manifest.versions.gristmill} build recipe.yaml -o rebuilt\n` +
    "npx gristmill verify rebuilt\n";
  return (
    "`manifest.json` holds the resolved recipe and the hash of every input and output. " +
    `The same recipe over the same inputs gives the same bytes (build ${code(manifest.build_id)}):\n\n${fenced("sh", commands)}`
  );
}

function contact({ card }: ReportInput): string {
  const where = card.contact === undefined ? "the repository of this data set" : inline(card.contact);
  return `Questions, and requests to take out a row: ${where}. Please name the \`id\` or quote the text.`;
}
