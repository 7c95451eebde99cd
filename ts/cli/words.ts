/** The command line before it is parsed: one spelling for names, one form for nested options. */
export interface Words {
  /** First word that is not an option. */
  command: string | undefined;
  rest: string[];
}

/** Splits off the command. Options in front of it are common flags without values and go on to the command. */
export function splitCommand(argv: readonly string[]): Words {
  const at = argv.findIndex((word) => word !== "-v" && !word.startsWith("--"));
  if (at < 0) return { command: undefined, rest: [...argv] };
  return { command: argv[at], rest: [...argv.slice(0, at), ...argv.slice(at + 1)] };
}

/** `--max_bad_rows=3` -> `--max-bad-rows=3`; values and everything behind `--` stay as they are. */
export function kebabOptions(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((word, i) => {
    if (!word.startsWith("--") || word === "--" || (end >= 0 && i > end)) return word;
    const cut = word.indexOf("=");
    const name = cut < 0 ? word : word.slice(0, cut);
    // Behind the first dot stand keys of a nested value, which keep their spelling.
    const dot = name.indexOf(".");
    const head = dot < 0 ? name : name.slice(0, dot);
    return head.replaceAll("_", "-") + word.slice(head.length);
  });
}

/** A nested option given with dots: `--rules.card_trade=off`. */
export interface DottedOption {
  name: string;
  path: string[];
  value: string;
}

/** Takes dotted options out of the words; the value follows `=` or is the next word. */
export function takeDotted(argv: readonly string[]): { rest: string[]; dotted: DottedOption[] } {
  const rest: string[] = [];
  const dotted: DottedOption[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? "";
    if (word === "--") {
      rest.push(...argv.slice(i));
      break;
    }
    const match = /^--([a-z0-9-]+)\.([^=]+)(?:=([\s\S]*))?$/i.exec(word);
    if (match === null) {
      rest.push(word);
      continue;
    }
    const [, name = "", path = "", value] = match;
    if (value === undefined) i += 1;
    dotted.push({ name, path: path.split("."), value: value ?? argv[i] ?? "" });
  }
  return { rest, dotted };
}
