import type { OutputDefinition } from "../outputs/output.ts";
import type { SourceDefinition } from "../sources/source.ts";
import type { StepDefinition, UserMap } from "../steps/step.ts";

/** Where something stands in a recipe. Lines and columns count from 1; a recipe given as an object has none. */
export interface Position {
  /** Path as the user gave it, or `<recipe>`. */
  file: string;
  line: number | null;
  column: number | null;
  /** Path inside the recipe, e.g. `steps.3.dedupe.by`. */
  path: string;
}

export interface RecipeSource {
  definition: SourceDefinition;
  /** Validated, defaults filled in, paths absolute. */
  options: Record<string, unknown>;
  at: Position;
}

export interface RecipeStep {
  /** Unique in the recipe: the definition's name, `_2`, `_3` … added for later ones; counts and trace go under it. */
  name: string;
  /** `null` for a user's own step. */
  definition: StepDefinition | null;
  /** Validated, defaults filled in, paths absolute, names as in the recipe (`snake_case`). */
  options: Record<string, unknown>;
  /** The function of a user's own step. */
  user: UserMap | null;
  at: Position;
}

export interface RecipeOutput {
  definition: OutputDefinition;
  options: Record<string, unknown>;
  at: Position;
}

/** A recipe after variables, overrides and validation. */
export interface Recipe {
  name: string;
  description: string;
  seed: number;
  /** Rows that may be quarantined before a build fails; `null`: any number. */
  max_bad_rows: number | null;
  sources: RecipeSource[];
  steps: RecipeStep[];
  outputs: RecipeOutput[];
  /** Path of the recipe as the user gave it; `null` for text or an object. */
  file: string | null;
  /** Absolute folder that its relative paths start from. */
  folder: string;
  /** As written after variables and overrides, secrets replaced by `***`; for plan, manifest and dry run. */
  resolved: Record<string, unknown>;
}

/** What a recipe is loaded from; exactly one of `path`, `text`, `object`. */
export interface RecipeInput {
  path?: string;
  text?: string;
  /** Keys in `snake_case` or `camelCase`; user steps as `{ name, user: function }`. */
  object?: Record<string, unknown>;
  /** `--var name=value`. */
  vars?: Record<string, string>;
  /** `--set steps.dedupe.threshold=0.8`, in order; values are read as YAML. */
  sets?: Record<string, unknown>;
  /** Environment for variables; nothing is read from the process unless given. */
  env?: Record<string, string | undefined>;
  /** Base of relative paths that come from variables and overrides. Default: the process's folder. */
  cwd?: string;
}
