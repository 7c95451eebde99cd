import { nearest } from "./nearest.ts";
import type { Problems } from "./problem.ts";
import type { Position } from "./recipe.ts";
import type { MapTree, ScalarTree, Tree } from "./tree.ts";
import { scalars } from "./tree.ts";
import { yaml } from "./yaml.ts";

// `HF_TOKEN`, `api_key`, `password` … but not `tokenizer`.
const SECRET_NAME = /secret|passw(?:or)?d|credential|token(?:s|_|$)|key(?:s|_|$)/i;

// `$$`, `${name}`, `${name:-default}`, `${name:?message}`; anything else after `${` is a mistake worth telling.
const USE = /\$\$|\$\{([^}]*)\}/g;
const INSIDE = /^(?<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?<operator>:-|:\?)(?<rest>[\s\S]*))?$/;

interface Value {
  text: string;
  outside: boolean;
  secret: boolean;
}

/** The variables a recipe may use. A flag wins over the environment, that over the recipe's own default. */
export class Variables {
  readonly #flags: Readonly<Record<string, string>>;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #defaults = new Map<string, ScalarTree>();
  readonly #opening = new Set<string>();
  readonly #used = new Set<string>();
  readonly #problems: Problems;

  constructor(
    flags: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string | undefined>>,
    declared: MapTree | null,
    problems: Problems,
  ) {
    this.#flags = flags;
    this.#env = env;
    this.#problems = problems;
    for (const [name, { at, node }] of declared?.entries ?? []) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        problems.add("GM_RECIPE_BAD_KEY", at, `"${name}" cannot be a variable: letters, digits and _ only`);
      } else if (node.kind !== "scalar") {
        problems.add("GM_RECIPE_WRONG_TYPE", node.at, `variable ${name} must be text or a number`);
      } else this.#defaults.set(name, node);
    }
  }

  /** Replaces the variables in every text below a node. */
  expand(tree: Tree): void {
    for (const { node } of scalars(tree)) this.#expandScalar(node);
  }

  /** Flags that no `${…}` of the recipe asked for: most likely mistyped. */
  checkFlags(at: Position): void {
    for (const name of Object.keys(this.#flags)) {
      if (this.#used.has(name) || this.#defaults.has(name)) continue;
      const known = [...new Set([...this.#defaults.keys(), ...this.#used])];
      const near = nearest(name, known);
      const hint =
        known.length === 0 ? "this recipe has no variables" : `variables of this recipe: ${known.join(", ")}`;
      this.#problems.add(
        "GM_RECIPE_UNKNOWN_VARIABLE",
        at,
        `--var ${name}: the recipe uses no variable "${name}"${near === null ? "" : `; did you mean "${near}"?`}`,
        hint,
      );
    }
  }

  #expandScalar(node: ScalarTree): void {
    if (node.literal || typeof node.value !== "string" || !node.value.includes("$")) return;
    const plain = node.raw !== null || node.at.line === null;
    const { text, outside, secret, used } = this.#replace(node.value, node.at);
    node.outside ||= outside;
    node.secret ||= secret;
    node.value = text;
    node.raw = null;
    if (used && plain) {
      const read = readScalar(text);
      if (typeof read !== "string") {
        node.value = read;
        node.raw = text;
      }
    }
  }

  #replace(text: string, at: Position): Value & { used: boolean } {
    let [outside, secret, used] = [false, false, false];
    const replaced = text.replace(USE, (match, inside: string | undefined, offset: number) => {
      if (inside === undefined) return "$";
      used = true;
      const value = this.#value(inside, at, match);
      // Only what the text begins with decides where a relative path starts.
      if (offset === 0) outside = value.outside;
      secret ||= value.secret;
      return value.text;
    });
    return { text: replaced, outside, secret, used };
  }

  #value(inside: string, at: Position, match: string): Value {
    const nothing = { text: "", outside: false, secret: false };
    const groups = INSIDE.exec(inside)?.groups;
    if (groups === undefined) {
      this.#problems.add("GM_RECIPE_BAD_VARIABLE", at, `${match} is no variable`, "write $${ for a literal ${");
      return nothing;
    }
    const { name = "", operator, rest = "" } = groups;
    const known = this.#lookUp(name);
    // As in Docker Compose, `:-` and `:?` take an empty value for none.
    if (known !== null && !(operator !== undefined && known.text === "")) return known;
    if (operator === ":-") return { ...nothing, text: rest };
    if (operator === ":?") {
      this.#problems.add(
        "GM_RECIPE_MISSING_VARIABLE",
        at,
        `variable "${name}" is needed: ${rest || "it has no value"}`,
        `give --var ${name}=…`,
      );
      return nothing;
    }
    if (this.#defaults.has(name)) {
      this.#problems.add("GM_RECIPE_MISSING_VARIABLE", at, `variable "${name}" has no value`, `give --var ${name}=…`);
      return nothing;
    }
    const near = nearest(name, [...this.#defaults.keys(), ...Object.keys(this.#flags)]);
    this.#problems.add(
      "GM_RECIPE_UNKNOWN_VARIABLE",
      at,
      `unknown variable "${name}"${near === null ? "" : `; did you mean "${near}"?`}`,
      `give --var ${name}=…, set it in the environment, or declare it:\nvars:\n  ${name}: value`,
    );
    return nothing;
  }

  #lookUp(name: string): Value | null {
    this.#used.add(name);
    const secret = SECRET_NAME.test(name);
    if (Object.hasOwn(this.#flags, name)) return { text: this.#flags[name] ?? "", outside: true, secret };
    const env = Object.hasOwn(this.#env, name) ? this.#env[name] : undefined;
    if (env !== undefined) return { text: env, outside: true, secret: true };
    const declared = this.#defaults.get(name);
    if (declared === undefined || declared.value === null) return null;
    if (this.#opening.has(name)) {
      this.#problems.add("GM_RECIPE_BAD_VARIABLE", declared.at, `variable "${name}" refers to itself`);
      return { text: "", outside: false, secret };
    }
    this.#opening.add(name);
    const value = this.#replace(declared.raw ?? String(declared.value), declared.at);
    this.#opening.delete(name);
    return { text: value.text, outside: value.outside, secret: secret || value.secret };
  }
}

/** A text as YAML reads it where it stands alone: number, boolean, null or the text itself. */
export function readScalar(text: string): unknown {
  if (!/^(?:[-+.]?[0-9]|true|false|null|~)/i.test(text)) return text;
  try {
    const value: unknown = yaml().parse(text, { schema: "core" });
    return typeof value === "object" && value !== null ? text : value;
  } catch {
    return text;
  }
}
