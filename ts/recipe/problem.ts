import { GristmillError } from "../native/failure.ts";
import type { Position } from "./recipe.ts";

/** One thing that is wrong with a recipe. */
export interface Problem {
  code: string;
  at: Position;
  message: string;
  hint?: string;
}

/** A recipe that cannot be used, with everything that is wrong with it. */
export class RecipeError extends GristmillError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    const only = problems.length === 1 ? problems[0].hint : undefined;
    super(
      problems[0].code,
      "usage",
      problems.map((problem) => describe(problem, problems.length > 1)).join("\n"),
      only,
    );
    this.problems = problems;
  }
}

/** Gathers problems, so that a user sees all of them at once. */
export class Problems {
  readonly #found: Problem[] = [];

  add(code: string, at: Position, message: string, hint?: string): void {
    this.#found.push(hint === undefined ? { code, at, message } : { code, at, message, hint });
  }

  get some(): boolean {
    return this.#found.length > 0;
  }

  /** Throws if there are any, in the order of the file. */
  raise(): void {
    const order = (p: Problem): number => (p.at.line ?? 0) * 100_000 + (p.at.column ?? 0);
    const [first, ...rest] = this.#found.toSorted((a, b) => order(a) - order(b));
    if (first !== undefined) throw new RecipeError([first, ...rest]);
  }
}

/** `file:line:column`, or the path inside a recipe that is no file. */
export function place({ file, line, column, path }: Position): string {
  if (line !== null) return `${file}:${line}:${column ?? 1}`;
  return path === "" ? file : `${file} at ${path}`;
}

function describe({ at, message, hint }: Problem, withHint: boolean): string {
  const line = `${place(at)}: ${message}`;
  return withHint && hint !== undefined ? `${line}\n    ${hint.replaceAll("\n", "\n    ")}` : line;
}
