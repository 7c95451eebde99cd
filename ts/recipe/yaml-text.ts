import type { Document, Node, Scalar } from "yaml";
import type { Problems } from "./problem.ts";
import type { Position } from "./recipe.ts";
import { DANGEROUS_KEYS, join, type MapTree, scalar, type Tree } from "./tree.ts";
import { yaml } from "./yaml.ts";

/** Uses of anchors that one recipe may have: enough for people, too few for a bomb. */
const MAX_ALIASES = 100;

/** Reads YAML into a tree with positions. What cannot be read is a problem; `null` when nothing is left. */
export function readYaml(text: string, file: string, problems: Problems): Tree | null {
  const lines = new (yaml().LineCounter)();
  const document = yaml().parseDocument(text, {
    lineCounter: lines,
    version: "1.2",
    schema: "core",
    prettyErrors: false,
  });
  const at = (offset: number | undefined, path: string): Position => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path };
  };
  for (const error of document.errors) {
    problems.add("GM_RECIPE_SYNTAX", at(error.pos[0], ""), firstLine(error.message), syntaxHint(error.code));
  }
  if (document.errors.length > 0) return null;
  return new Walk(document, at, problems).read(document.contents, "");
}

class Walk {
  #aliases = 0;
  readonly #yaml = yaml();
  readonly #open = new Set<Node>();
  readonly #document: Document;
  readonly #at: (offset: number | undefined, path: string) => Position;
  readonly #problems: Problems;

  constructor(document: Document, at: (offset: number | undefined, path: string) => Position, problems: Problems) {
    this.#document = document;
    this.#at = at;
    this.#problems = problems;
  }

  read(node: unknown, path: string): Tree | null {
    if (node === null || node === undefined) return null;
    if (this.#yaml.isAlias(node)) {
      const at = this.#at(node.range?.[0], path);
      const target = node.resolve(this.#document);
      this.#aliases += 1;
      if (target === undefined || this.#open.has(target) || this.#aliases > MAX_ALIASES) {
        this.#problems.add("GM_RECIPE_ALIAS", at, `alias *${node.source} ${this.#fault(target)}`);
        return scalar(null, at);
      }
      return this.read(target, path);
    }
    if (this.#yaml.isScalar(node)) return this.#scalar(node, path);
    if (!this.#yaml.isMap(node) && !this.#yaml.isSeq(node)) return null;
    const at = this.#at(node.range?.[0], path);
    this.#checkTag(node.tag, at);
    this.#open.add(node);
    try {
      if (this.#yaml.isSeq(node)) {
        const items = node.items.map((item, i) => {
          const below = join(path, String(i));
          return this.read(item, below) ?? scalar(null, this.#at(undefined, below));
        });
        return { kind: "list", at, items };
      }
      return this.#map(node.items, at, path);
    } finally {
      this.#open.delete(node);
    }
  }

  #fault(target: unknown): string {
    if (target === undefined) return "names no anchor";
    return this.#aliases > MAX_ALIASES ? `is one of more than ${MAX_ALIASES} uses of anchors` : "contains itself";
  }

  #map(items: readonly { key: unknown; value: unknown }[], at: Position, path: string): MapTree {
    const map: MapTree = { kind: "map", at, entries: new Map() };
    for (const { key, value } of items) {
      const range = this.#yaml.isScalar(key) || this.#yaml.isAlias(key) ? key.range : undefined;
      const name = this.#yaml.isScalar(key) ? String(key.source ?? key.value) : "";
      const keyAt = this.#at(range?.[0], join(path, name));
      if (!this.#yaml.isScalar(key) || DANGEROUS_KEYS.has(name)) {
        this.#problems.add(
          "GM_RECIPE_BAD_KEY",
          keyAt,
          this.#yaml.isScalar(key) ? `${name} cannot be a key` : "a key must be a word",
        );
        continue;
      }
      map.entries.set(name, { at: keyAt, node: this.read(value, join(path, name)) ?? scalar(null, keyAt) });
    }
    return map;
  }

  #scalar(node: Scalar, path: string): Tree {
    const at = this.#at(node.range?.[0], path);
    this.#checkTag(node.tag, at);
    const plain = node.type === this.#yaml.Scalar.PLAIN || node.type === undefined;
    return scalar(node.value, at, { raw: plain && node.source !== undefined ? node.source : null });
  }

  #checkTag(tag: string | undefined, at: Position): void {
    if (tag === undefined || /^tag:yaml\.org,2002:(str|int|float|bool|null|seq|map)$/.test(tag)) return;
    this.#problems.add("GM_RECIPE_TAG", at, `tag ${tag} is not allowed`, "recipes are plain data: remove the tag");
  }
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}

function syntaxHint(code: string): string {
  if (code === "DUPLICATE_KEY") return "each key may stand once in a map";
  if (code === "TAB_AS_INDENT") return "indent with blanks, not with tabs";
  return "recipes are YAML 1.2: check indentation, colons and quotes around this place";
}
