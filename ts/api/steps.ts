import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GristmillError, type NativeStep, Run } from "../native/index.ts";
import { snakeKeys, toCamelCase } from "../recipe/index.ts";
import { columnsOf, decode, encode, pump, realAddon } from "../run/index.ts";
import { STEPS, type StepDefinition } from "../steps/index.ts";
import { batchesOf, openFiles, readBatches } from "./read-batches.ts";
import { RowBatch } from "./row-batch.ts";
import { runStep } from "./run-step.ts";

/** Where a step function reads from: batches, or the path of a file. */
export type StepSource = AsyncIterable<RowBatch> | string;

/** A step as a function: options as in a recipe, in `camelCase` or `snake_case`; the rows that leave it. */
export type StepFunction = (source: StepSource, options?: Record<string, unknown>) => AsyncGenerator<RowBatch>;

/**
 * Every step as a function over batches, by its name in `snake_case` and in `camelCase`:
 * `for await (const batch of step.min_turns(readBatches("a.parquet"), { min: 2 })) …`.
 * Steps that look at one row at a time stream; the others first put all rows into a folder for passing files.
 */
export const step: Readonly<Record<string, StepFunction>> = Object.freeze(
  Object.fromEntries(
    STEPS.flatMap((definition) => {
      const run: StepFunction = (source, options = {}) => apply(definition, source, options);
      return [...new Set([definition.name, toCamelCase(definition.name)])].map((name) => [name, run] as const);
    }),
  ),
);

async function* apply(
  definition: StepDefinition,
  source: StepSource,
  options: Record<string, unknown>,
): AsyncGenerator<RowBatch> {
  if (typeof source === "string") {
    const reader = await openFiles([source], {});
    const names = reader.columns.map((column) => column.name);
    const chain = nativeMaps(definition, options, names);
    if (chain === null) yield* spooled(definition, source, options);
    else yield* batchesOf(reader, null, chain);
    return;
  }
  const batches = source[Symbol.asyncIterator]();
  try {
    const first = await batches.next();
    if (first.done === true) return;
    const chain = nativeMaps(definition, options, first.value.columns);
    if (chain === null) yield* spooled(definition, { first: first.value, rest: batches }, options);
    else yield* streamed(chain, { first: first.value, rest: batches });
  } finally {
    await batches.return?.();
  }
}

/** Batches of which the first was looked at. */
interface Started {
  first: RowBatch;
  rest: AsyncIterator<RowBatch>;
}

/** The native maps of a step that is nothing else; `null` when it needs more than one row at a time. */
function nativeMaps(
  definition: StepDefinition,
  options: Record<string, unknown>,
  columns: readonly string[],
): NativeStep[] | null {
  const parsed = definition.options.safeParse(snakeKeys(options));
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw new GristmillError(
      "GM_API_BAD_OPTIONS",
      "usage",
      `options of step ${definition.name}: ${issues}`,
      "see the manual page of the step",
    );
  }
  const maps: NativeStep[] = [];
  for (const part of definition.parts(parsed.data, { seed: 0, partitions: 1, columns })) {
    if (part.shape !== "map" || !("native" in part) || (part.side ?? []).length > 0) return null;
    maps.push({ step: definition.name, kind: part.native.kind, options: part.native.options, side: {} });
  }
  return maps;
}

async function* streamed(steps: NativeStep[], { first, rest }: Started): AsyncGenerator<RowBatch> {
  const run = Run.open({ kind: "feed", schema: schemaOf(first.arrow) }, { steps }, { kind: "outlet" });
  const stop = new AbortController();
  const feeding = feed(run, first, rest, stop.signal).catch((error: unknown) => {
    // The reader below then ends with a cancellation; the cause is thrown after it.
    run.cancel();
    throw error;
  });
  feeding.catch(() => undefined);
  try {
    yield* drain(run, feeding);
    await feeding;
  } finally {
    stop.abort();
    run.cancel();
    run.close();
  }
}

async function* drain(run: { next(): Promise<Uint8Array | null> }, feeding: Promise<void>): AsyncGenerator<RowBatch> {
  for (;;) {
    let ipc: Uint8Array | null;
    try {
      ipc = await run.next();
    } catch (error) {
      await feeding;
      throw error;
    }
    if (ipc === null) return;
    yield new RowBatch(ipc);
  }
}

async function feed(
  run: { put(ipc: Uint8Array): Promise<void>; end(): void },
  first: RowBatch,
  rest: AsyncIterator<RowBatch>,
  signal: AbortSignal,
): Promise<void> {
  await run.put(first.arrow);
  while (!signal.aborted) {
    const next = await rest.next();
    if (next.done === true) break;
    await run.put(next.value.arrow);
  }
  run.end();
}

/** The columns of a batch as a stream without rows. */
function schemaOf(arrow: Uint8Array): string {
  return Buffer.from(encode(columnsOf(decode(arrow)), [], [], "")).toString("base64");
}

/** Rows through files, for steps that must see all of them. */
async function* spooled(
  definition: StepDefinition,
  source: Started | string,
  options: Record<string, unknown>,
): AsyncGenerator<RowBatch> {
  const folder = await mkdtemp(join(tmpdir(), "gristmill-"));
  try {
    const input = typeof source === "string" ? source : await spool(folder, source);
    const out = join(folder, "result.arrow");
    await runStep(definition.name, { inputs: [input], out, options });
    yield* readBatches(out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes batches to one Arrow file. */
async function spool(folder: string, { first, rest }: Started): Promise<string> {
  const format = { kind: "arrow", options: {} };
  const sink = { kind: "output" as const, folder, stem: "rows", task: 0, format, columns: null };
  const run = realAddon.open({ kind: "feed", schema: schemaOf(first.arrow) }, { steps: [] }, sink);
  const stop = new AbortController();
  const [result] = await Promise.all([
    pump(run, stop.signal, () => undefined),
    feed(run, first, rest, stop.signal).catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  ]);
  const file = result.files.find((one) => one.role === "output");
  if (file === undefined) throw new GristmillError("GM_INTERNAL_STEP", "failed", "the rows were not written");
  return join(folder, file.name);
}
