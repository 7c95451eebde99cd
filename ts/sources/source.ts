import type { z } from "zod";
import type { ColumnSpec } from "../native/index.ts";

/** What the planner asks for when it looks for the inputs of a source. */
export interface SourceRequest {
  /** Files, folders or globs. */
  paths: string[];
  /** A message store instead of files. */
  store?: { place: string; spoken: boolean };
  /** `null`: by extension, then by content. */
  format: string | null;
  /** Name given to the rows' `source` column and to `when:`; `null`: none. */
  label: string | null;
  /** Column whose value is the row id. */
  key: string | null;
  /** Whether all files must have the same columns. */
  even?: boolean;
  /** Options of the native reader, in its spelling. */
  options: Record<string, unknown>;
  /** Extensions looked for below a folder; empty: every file that is not hidden. */
  extensions: string[];
}

/** The one declaration of a source: recipe schema, manual and plan come from it. */
export interface SourceDefinition<Options extends z.ZodObject = z.ZodObject> {
  name: string;
  aliases: string[];
  /** One line without a full stop. */
  summary: string;
  /** A few sentences for the manual. Markdown. */
  details: string;
  options: Options;
  /** What a bare scalar or list after the source's name means. */
  shorthand: keyof z.infer<Options> & string;
  examples: { recipe: string }[];
  /** Columns of every row, where the source fixes them: an empty file then still has some. */
  columns?: readonly ColumnSpec[];
  /** Columns without which a file is something else. */
  identity?: readonly string[];
  request(options: z.infer<Options>): SourceRequest;
}

/** Keeps the literal types of a declaration. */
export function defineSource<Options extends z.ZodObject>(
  definition: SourceDefinition<Options>,
): SourceDefinition<Options> {
  return definition;
}
