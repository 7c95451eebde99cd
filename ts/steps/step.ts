import type { z } from "zod";
import type { DeciderSpec, RouteSpec } from "../native/specs.ts";

/** The four shapes a part of a step can have; see docs/design.md. */
export type Shape = "map" | "select" | "group" | "fold";

/** Native work: a kind of the addon and its options in the addon's spelling (`snake_case`). */
export interface NativeKind {
  kind: string;
  options: Record<string, unknown>;
}

/** A step is a fixed sequence of these. Each is cut, fused and run by the planner; a step never says how. */
export type StepPart =
  | {
      shape: "map";
      native: NativeKind;
      /**
       * Results of folds that the map reads: by the fold's name those of this step, by `step.fold` that of the nearest
       * such step before.
       */
      side?: string[];
    }
  | {
      shape: "select";
      keys: NativeKind;
      decide: DeciderSpec;
      /** Drop reasons in the decider's order. */
      reasons: string[];
      /** Keys are read from rows that lie there, so that no change of this step's options has them made again. */
      apart?: boolean;
    }
  | {
      shape: "group";
      /** `cuts` names a fold of this step whose result holds `cuts`. */
      route: RouteSpec;
      /** `null`: the rows in their new order. */
      native: NativeKind | null;
    }
  | {
      shape: "fold";
      name: string;
      native: NativeKind;
      /** Folder below the output folder for the texts in `files` of the result, by file name. */
      files?: string;
      /** The result stands in the manifest, under `findings`. */
      finding?: true;
    }
  | {
      /** A user's own TypeScript step, given to the API. */
      shape: "map";
      user: UserMap;
    };

/** Rows as plain objects. The slow path, for users' own steps only. */
export type UserRow = Record<string, unknown>;

/**
 * A user's own map step: gets the rows of a batch (without the id column) and returns, for each, the row, several
 * rows, or `null` to drop it (reason `user_dropped`), or `{ drop: "reason" }`.
 */
export type UserMap = (rows: UserRow[]) => Promise<UserResult[]> | UserResult[];
export type UserResult = UserRow | UserRow[] | null | { drop: string };

/** What every step is allowed to know when it lays out its parts. */
export interface StepContext {
  /** The recipe's seed. */
  seed: number;
  /** Partitions of exchanges in this build. */
  partitions: number;
  /** Columns that come in; `null` when nobody knows, e.g. after a user's own step. */
  columns: readonly string[] | null;
}

/** The one declaration of a step: recipe schema, command, API function, manual page and dry run come from it. */
export interface StepDefinition<Options extends z.ZodObject = z.ZodObject> {
  /** `snake_case`, as users type it. */
  name: string;
  /** Other names of the command, e.g. those of the tools it replaces. */
  aliases: string[];
  /** One line without a full stop. */
  summary: string;
  /** A few sentences for the manual: what it does, why, which rules. Markdown. */
  details: string;
  /** The shape that users see in the manifest: that of its most telling part. */
  shape: Shape;
  /** Every option with description and default. */
  options: Options;
  /** What a bare scalar or list after the step's name means, e.g. `min_turns: 2`. */
  shorthand?: keyof z.infer<Options> & string;
  /** Columns it needs; may depend on options. */
  needs(options: z.infer<Options>): string[];
  /** Columns it reads where they are there, and does without elsewhere. */
  uses?(options: z.infer<Options>): string[];
  /** Columns it adds. */
  adds(options: z.infer<Options>): string[];
  /** Columns that do not go on, out of those that come in. Absent: all go on. */
  removes?(options: z.infer<Options>, columns: readonly string[]): string[];
  /** Column it writes that says which split a row belongs to; outputs that know splits go by it. */
  splits?(options: z.infer<Options>): string;
  /** Option with columns that rows it puts together agree in; a column of splits is always added to them. */
  together?: keyof z.infer<Options> & string;
  /** Recipe lines and command lines for help and manual. */
  examples: { recipe: string; command: string }[];
  parts(options: z.infer<Options>, context: StepContext): StepPart[];
  /**
   * Column whose entries the step's command prints, one a line, when it is told of no file to write; `null` or absent:
   * a file must be named.
   */
  view?(options: z.infer<Options>): string | null;
  /** Options that are paths of files read by the step; resolved like all paths of a recipe, hashed into the plan. */
  files?: (keyof z.infer<Options> & string)[];
  /** Of these, lists that may name folders and globs as well: files with these extensions are taken from a folder. */
  folders?: { [Option in keyof z.infer<Options> & string]?: readonly string[] };
}

/** Keeps the literal types of a declaration. */
export function defineStep<Options extends z.ZodObject>(definition: StepDefinition<Options>): StepDefinition<Options> {
  return definition;
}
