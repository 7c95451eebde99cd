import { existsSync, statSync } from "node:fs";
import type { TraceTable } from "../../api/types.ts";
import type { CommandOption } from "../command.ts";

/** A flag of an old program. */
export interface AliasOption extends CommandOption {
  /** Option of the step (`snake_case`) that the flag gives a value to. */
  sets?: string;
}

/** What the user gave on the command line of an alias. */
export interface AliasGiven {
  /** Paths of files and folders, by position and by flag. */
  inputs: readonly string[];
  text(flag: string): string | undefined;
  number(flag: string): number | undefined;
  flag(flag: string): boolean;
  list(flag: string): string[];
  has(flag: string): boolean;
  /** Options of the alias's step that were given, flags that stand for one included; `snake_case`. */
  options: Readonly<Record<string, unknown>>;
  /** Columns of the inputs. */
  columns(): Promise<string[]>;
}

/** Names that defaults are made from. */
export interface InputName {
  /** Folder of the input file, or the one that holds the input folder. */
  folder: string;
  /** Name without folder and ending; of a folder its name. */
  stem: string;
  /** `.csv`, `.parquet`, `.csv.gz` …; of a folder that of its files. */
  ending: string;
}

/** What an alias does. The first is the rule: steps over rows, one file out. */
export type AliasWork =
  | {
      kind: "steps";
      steps: { name: string; options?: Record<string, unknown> }[];
      /** Columns written, in this order. Default: all. */
      columns?: string[];
      /** Files must all have the same columns. */
      even?: boolean;
      /** Tables of rows that go and of changes, where the old program wrote them. */
      tables?: TraceTable[];
      /** What the first so many steps give, as files of their own. */
      stages?: { path: string; steps: number; columns: string[] }[];
      /** Chart of the turns of the result. */
      chart?: string;
    }
  | { kind: "split"; parts: number }
  | { kind: "tokens"; column?: string; tokenizer?: string; compat: boolean }
  | { kind: "turns"; column?: string; png: string; svg: string }
  | { kind: "report"; tokenizer?: string }
  | { kind: "infos"; compat: boolean };

/** An old program as data: its flags, what they mean here, and where the result goes by default. */
export interface Alias {
  name: string;
  /** Other names it had. */
  also?: readonly string[];
  summary: string;
  /** What differs from the old program, and how to have that back. */
  about: string;
  /** The step whose options are options of the alias too. */
  step?: string;
  /** Flags of the old program, besides `-p` and `-o`. */
  options: Readonly<Record<string, AliasOption>>;
  examples: readonly (readonly [line: string, what: string])[];
  /** Paths to read. Default: those given by `-p` and position. */
  inputs?(given: AliasGiven): string[];
  /** Where the result goes without `-o`; `null`: to the terminal. */
  out(name: InputName, given: AliasGiven): string | null;
  work(given: AliasGiven, name: InputName): AliasWork | Promise<AliasWork>;
}

/** A flag that is read and has no effect any more. */
export function ignored(describe: string, more: Partial<AliasOption> = {}): AliasOption {
  return { type: "text", describe: `Accepted, without effect: ${describe}`, ...more };
}

/** The switch to what the old program did, faults included, where the alias itself sees to it. */
export const parityFlag: AliasOption = { type: "flag", describe: "Do what the old program did, its faults included" };

/** The same switch where the step has it. */
export const parity: AliasOption = { ...parityFlag, sets: "compat" };

/** One step with the options that were given. */
export function oneStep(name: string): Alias["work"] {
  return ({ options }) => ({ kind: "steps", steps: [{ name, options: { ...options } }] });
}

/** A name made from the input's: `chats.csv` -> `chats_deduped.csv`. */
export function named(suffix: string): Alias["out"] {
  return ({ folder, stem, ending }) => joined(folder, `${stem}${suffix}${ending}`);
}

/** A path in a folder, short where the folder is the one we are in. */
export function joined(folder: string, name: string): string {
  return folder === "." || folder === "" ? name : `${folder.replace(/\/$/, "")}/${name}`;
}

/** The original named a model; its folder is as good as the tokenizer in it. */
export function tokenizerOf(given: AliasGiven): string | undefined {
  const path = given.text("tokenizer");
  const inside = path === undefined ? "" : joined(path, "tokenizer.json");
  return path !== undefined && existsSync(path) && statSync(path).isDirectory() && existsSync(inside) ? inside : path;
}
