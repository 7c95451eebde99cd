import { canonicalJson, replaceStrings, sha256 } from "./canonical.ts";
import type { Plan, Stage, StageInput } from "./plan.ts";

/**
 * One hash a stage: what it does, with which code, on what. Ids and places of files do not count, so that changing the
 * last step of a recipe leaves the fingerprints of the stages before as they were.
 */
export function fingerprints(plan: Plan): string[] {
  const prints: string[] = [];
  const places = placesOf(plan);
  const common = { code: plan.code, partitions: plan.partitions, parts: plan.parts };
  const of = (stage: number): string => {
    const print = prints[stage];
    if (print === undefined) throw new Error(`stage ${stage} is read before it is made`);
    return print;
  };
  for (const stage of plan.stages) {
    const content = replaceStrings(contentOf(stage, plan, of), places);
    prints.push(sha256(canonicalJson({ ...common, content })));
  }
  return prints;
}

/** Paths of files that steps read, and what stands for them: their content. */
export function placesOf(plan: Pick<Plan, "side_files">): Map<string, string> {
  return new Map(plan.side_files.map(({ path, hash }) => [path, `sha256:${hash}`]));
}

/** Sources without the places of their files; of a store only what its messages are, not how they were written down. */
export function placelessSources(plan: Pick<Plan, "sources">): unknown {
  return plan.sources.map(({ store, files, ...source }) => ({
    ...source,
    files: files.map(({ path: _, beside, ...file }) => {
      if (store !== undefined) return { name: file.name, hash: file.hash, text_bytes: file.text_bytes };
      return beside === undefined ? file : { ...file, beside: beside.map(({ bytes, hash }) => ({ bytes, hash })) };
    }),
  }));
}

function contentOf(stage: Stage, plan: Plan, of: (stage: number) => string): unknown {
  const { id: _id, name: _name, ...rest } = stage;
  switch (rest.kind) {
    case "decide":
      return { ...rest, keys: of(rest.keys) };
    case "finish":
      return { ...rest, states: of(rest.states) };
    case "output": {
      const output = plan.outputs[rest.output];
      // The card is written after the rows and changes none of them.
      const { card: _card, ...options } = output?.options ?? {};
      const chain = rest.chain === undefined ? {} : { chain: rest.chain.map((map) => sides(map, of)) };
      return {
        kind: rest.kind,
        input: inputOf(rest.input, plan, of),
        output: { kind: output?.kind, options },
        ...chain,
      };
    }
    case "exchange": {
      const { by } = rest.route;
      const cuts = by.kind === "range" && by.cuts !== null ? { cuts: of(by.cuts.stage) } : {};
      return {
        ...rest,
        input: inputOf(rest.input, plan, of),
        chain: rest.chain.map((map) => sides(map, of)),
        route: { ...rest.route, by: { ...by, ...cuts } },
      };
    }
    case "map":
      return { ...rest, input: inputOf(rest.input, plan, of), chain: rest.chain.map((map) => sides(map, of)) };
    case "scan":
      return { ...rest, input: inputOf(rest.input, plan, of) };
  }
}

function inputOf(input: StageInput, plan: Plan, of: (stage: number) => string): unknown {
  // What a task reads of the files is in the fingerprint of the task, so that a changed file leaves the others' alone.
  if (input.from === "source") {
    return { from: "source", sources: plan.sources.map(({ store: _store, files: _files, ...source }) => source) };
  }
  const stage = of(input.stage);
  if (input.from === "parts") {
    return { ...input, stage, marks: input.marks.map((mark) => ({ ...mark, stage: of(mark.stage) })) };
  }
  return { ...input, stage, group: input.group === null ? null : sides(input.group, of) };
}

function sides<T extends { side: Record<string, { stage: number }> }>(map: T, of: (stage: number) => string): unknown {
  return { ...map, side: Object.fromEntries(Object.entries(map.side).map(([name, { stage }]) => [name, of(stage)])) };
}
