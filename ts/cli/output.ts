import { visible, visibleJson } from "../report/visible.ts";

/** Where text goes: results to standard output, all else to standard error. */
export interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface OutputOptions {
  json: boolean;
  quiet: boolean;
  verbose: boolean;
  color: boolean;
}

const COLORS = {
  red: "31",
  yellow: "33",
  cyan: "36",
  bold: "1",
  dim: "2",
  // Two shades of each, so that neighbours can be told apart.
  learnt: "97;48;5;22",
  learnt2: "97;48;5;29",
  partly: "97;48;5;24",
  partly2: "97;48;5;31",
  masked: "37;48;5;236",
  masked2: "37;48;5;240",
  special: "1;93;48;5;234",
  learntSpecial: "1;93;48;5;22",
  filling: "2;37",
} as const;

/** Text with a colour; plain text has none. */
export type Piece = string | { color: Color; text: string };
export type Color = keyof typeof COLORS;

/** The one place that prints. Everything may hold text from data, so control characters never get through to a terminal. */
export class Output {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly options: OutputOptions;

  constructor(stdout: Stream, stderr: Stream, options: OutputOptions) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.options = options;
  }

  /** The command's result: one JSON document with `--json`, else the text for people. */
  result(document: unknown, text: () => string): void {
    if (this.options.json) this.stdout.write(`${visibleJson(document, 2)}\n`);
    else this.print(text());
  }

  /** Lines of a result. */
  print(text: string): void {
    if (text !== "") this.stdout.write(`${visible(text)}\n`);
  }

  /** Text of a result as it is, for files and pipes; a terminal would obey control characters, so they show there. */
  raw(text: string): void {
    this.stdout.write(this.stdout.isTTY === true ? visible(text) : text);
  }

  /** Whether results are painted: standard output is a terminal, and colours are wanted. */
  get paints(): boolean {
    return this.options.color && this.stdout.isTTY === true;
  }

  /** A line of a result in colours. */
  paint(pieces: readonly Piece[]): void {
    this.stdout.write(`${pieces.map((piece) => this.#paint(piece)).join("")}\n`);
  }

  /** Something worth knowing that is not the result. */
  note(...pieces: Piece[]): void {
    if (!this.options.quiet) this.alert(...pieces);
  }

  /** Errors and warnings; `--quiet` does not silence them. */
  alert(...pieces: Piece[]): void {
    this.stderr.write(`${pieces.map((piece) => this.#paint(piece)).join("")}\n`);
  }

  #paint(piece: Piece): string {
    if (typeof piece === "string") return visible(piece);
    const text = visible(piece.text);
    return this.options.color ? `\u001b[${COLORS[piece.color]}m${text}\u001b[0m` : text;
  }
}
