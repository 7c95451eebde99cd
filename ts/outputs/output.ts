import type { z } from "zod";
import type { NativeKind } from "../steps/step.ts";

/** Files of rows that an output writes. */
export interface RowFiles {
  /** Native format and its options. */
  format: NativeKind;
  /** Columns written, in order; `null`: all ordinary ones. */
  columns: string[] | null;
  /**
   * `shards`: as many files as the size of the rows asks for; `file`: the one file at `path`;
   * `split`: as many files as paths, each but the last ones of `ceil(rows / paths)` rows.
   */
  layout:
    | {
        kind: "shards";
        shardBytes: number;
        /** Column whose values are splits, each with shards of its own; `null`: all rows go together. */
        by: string | null;
        /** Where a shard, or a file beside it, goes below the output folder; `split` is given where rows go by one. */
        path(shard: number, shards: number, extension: string, split: string | null): string;
        /** The files with this extension do not stay as they are: their texts become one file at `path` for each split. */
        index?: {
          extension: string;
          path(split: string | null): string;
          render(entries: { shard: number; text: string }[]): string;
        };
      }
    | { kind: "file"; path: string }
    | { kind: "split"; paths: string[] };
}

/** The one declaration of an output: recipe schema, manual and plan come from it. */
export interface OutputDefinition<Options extends z.ZodObject = z.ZodObject> {
  name: string;
  aliases: string[];
  /** One line without a full stop. */
  summary: string;
  /** A few sentences for the manual. Markdown. */
  details: string;
  options: Options;
  /** What a bare scalar or list after the output's name means. */
  shorthand?: keyof z.infer<Options> & string;
  examples: { recipe: string }[];
  /** Columns the output cannot do without. */
  needs(options: z.infer<Options>): string[];
  /** The files of rows it writes; `null`: none. */
  rows(options: z.infer<Options>): RowFiles | null;
  /** Folds over the last rows, by name; the reports are rendered from their results. */
  folds(options: z.infer<Options>): { name: string; native: NativeKind }[];
}

/** Keeps the literal types of a declaration. */
export function defineOutput<Options extends z.ZodObject>(
  definition: OutputDefinition<Options>,
): OutputDefinition<Options> {
  return definition;
}
