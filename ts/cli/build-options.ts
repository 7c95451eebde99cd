import type { PlanOptions } from "../api/index.ts";
import { type Arguments, type CommandOption, given } from "./command.ts";
import { usage } from "./fail.ts";
import { parseBytes, parseCount, parsePairs, parseShare, parseThreads } from "./quantities.ts";

/** Options that decide the plan: the same for `build` and `plan`. */
export const PLANNING: Readonly<Record<string, CommandOption>> = {
  var: {
    type: "text",
    many: true,
    describe: "name=value: fills that variable of the recipe; paths start from this folder",
  },
  set: { type: "text", many: true, describe: "path=value: sets any option, e.g. steps.dedupe.by=exact" },
  limit: { type: "number", describe: "First so many records of each source", default: "all" },
  sample: { type: "text", describe: "Share of rows, e.g. 1%; a larger share contains the smaller", default: "all" },
  seed: { type: "number", describe: "Seed of everything random", default: "the recipe's, else 0" },
  parts: {
    type: "text",
    choices: ["arrow", "parquet"],
    describe: "Format of intermediate parts",
    default: "arrow up to 10 GB of input, else parquet",
  },
};

/** Limits of the machine's use. */
export const RESOURCES: Readonly<Record<string, CommandOption>> = {
  threads: { type: "number", describe: "Worker threads", default: "all cores" },
  memory: { type: "text", describe: "Memory limit, e.g. 4g", default: "70 % of the machine's" },
};

export function planOptions(args: Arguments): PlanOptions {
  const sample = args.text("sample");
  const parts = args.text("parts");
  return given({
    vars: args.has("var") ? parsePairs(args.list("var"), "var") : undefined,
    sets: args.has("set") ? parsePairs(args.list("set"), "set") : undefined,
    limit: parseCount(args.number("limit"), "limit", 1),
    sample: sample === undefined ? undefined : parseShare(sample, "sample"),
    seed: parseCount(args.number("seed"), "seed", 0),
    parts: parts === "arrow" || parts === "parquet" ? (parts as PlanOptions["parts"]) : undefined,
  });
}

export function resourceOptions(args: Arguments): { threads?: number; memory?: number } {
  const memory = args.text("memory");
  return given({
    threads: parseThreads(args.number("threads")),
    memory: memory === undefined ? undefined : parseBytes(memory, "memory"),
  });
}

/** `--log-format`, checked by its choices. */
export function logFormat(args: Arguments): "text" | "json" {
  const format = args.text("log-format") ?? "text";
  if (format !== "text" && format !== "json") throw usage(`--log-format ${format}: text or json`);
  return format;
}
