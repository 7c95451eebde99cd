import type { Output } from "./output.ts";

/** An option of a command. Names are in `kebab-case`; `_` is accepted for `-` everywhere. */
export interface CommandOption {
  type: "text" | "number" | "flag";
  describe: string;
  /** One letter. */
  short?: string;
  /** Other names, in long form; those of old programs also stand behind a single hyphen, as in `-min 2`. */
  also?: readonly string[];
  /** May be given several times. */
  many?: boolean;
  choices?: readonly string[];
  /** Shown in help; never filled in, so that what the user gave can be told from what is the default. */
  default?: string;
  required?: boolean;
}

export interface Positional {
  name: string;
  describe: string;
  required: boolean;
  many?: boolean;
}

/** A command as data: parsing, help and completion come from it. Heavy modules are imported inside `run`. */
export interface Command {
  name: string;
  aliases?: readonly string[];
  /** One line without a full stop. */
  summary: string;
  /** A few sentences under the summary. */
  about?: string;
  positionals: readonly Positional[];
  options: Readonly<Record<string, CommandOption>>;
  examples: readonly (readonly [line: string, what: string])[];
  /** Commands under this one, such as `tokenizer train`; their names are whole. */
  sub?: readonly Command[];
  /** Returns the exit code. */
  run(args: Arguments, context: Context): Promise<number>;
}

/** What a running command may use. */
export interface Context {
  output: Output;
  /** Fires on the first Ctrl-C or SIGTERM. */
  signal: AbortSignal;
}

/** Exit codes; the same for every command, documented in the manual. */
export const EXIT = { done: 0, failed: 1, usage: 2, input: 3, gate: 4, exists: 5, cancelled: 130 } as const;

/** Options that every command has. */
export const COMMON: Readonly<Record<string, CommandOption>> = {
  json: { type: "flag", describe: "Print one JSON document on standard output" },
  quiet: { type: "flag", describe: "No progress and no notes, only results and errors" },
  verbose: { type: "flag", short: "v", describe: "Say more; show where in the code an error came from" },
  "no-color": { type: "flag", describe: "No colours; the variable NO_COLOR does the same" },
};

/** The parsed command line, read with the type an option was declared with. */
export class Arguments {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values[name];
    return typeof value === "number" ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  list(name: string): string[] {
    const value = this.#values[name];
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map(String);
  }

  /** Whether the user gave it. */
  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  value(name: string): unknown {
    return this.#values[name];
  }
}

/** Leaves out absent values, so that an optional property is absent and not `undefined`. */
export function given<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
