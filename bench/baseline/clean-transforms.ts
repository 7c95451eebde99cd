/** The rules of the cleaning chain that rewrite a message. */
import { BLANK, EMOJI, trim, trimEnd, trimStart } from "./characters.ts";

export type Transform = (text: string) => string;

const pipes: Transform = (text) => (text.includes("||") ? text.replaceAll("||", "") : text);

const markup: Transform = (text) => {
  const body = trim(text);
  if (!/[#<>]/.test(body)) return body;
  return body
    .split("\n")
    .map((line) => {
      let bare = line.replace(/^#+/, "");
      if (bare.length < line.length && /^[\ufe0f\u20e3]/.test(bare)) bare = `#${bare}`;
      return bare.replace(/[<>]/g, "");
    })
    .join("\n");
};

const NOT_BEFORE = /[\p{Alphabetic}\p{N}_.\-+@]$/u;
const NAME = new RegExp(`^[^${BLANK}]+`);
const SPACE_END = new RegExp(`[${BLANK}]$`);

const mentions: Transform = (text) => {
  let at = text.indexOf("@");
  if (at < 0) return text;
  let out = "";
  let rest = text;
  let before = "";
  for (; at >= 0; at = rest.indexOf("@")) {
    const head = rest.slice(0, at);
    const behind = rest.slice(at + 1);
    const name = NAME.exec(behind)?.[0] ?? "";
    const left = head === "" ? before : head;
    out += head;
    if (name === "" || NOT_BEFORE.test(left)) {
      out += "@";
      before = "@";
      rest = behind;
      continue;
    }
    rest = behind.slice(name.length);
    if (out === "" || SPACE_END.test(out)) rest = rest.replace(/^[ \t]+/, "");
    if (rest === "" || rest.startsWith("\n")) out = out.replace(/[ \t]+$/, "");
    before = out.slice(-2);
  }
  return out + rest;
};

export const lineEdges: Transform = (text) => {
  if (!/[:.,]|\u{1f940}/u.test(text)) return text;
  return text
    .replaceAll("\u{1f940}", "")
    .split("\n")
    .map((whole) => {
      const head = trimEnd(whole);
      const line = head.endsWith(":") ? head.slice(0, -1) : whole;
      const lead = trimStart(line);
      const bare = lead.replace(/^[.,]+/, "");
      return bare.length < lead.length ? bare : line;
    })
    .join("\n");
};

const ANY_EMOJI = new RegExp(`${EMOJI}|[\\ufe0f\\u20e3]`, "gu");
const NOT_ASCII = /[\u0080-\uffff]/;

const emoji: Transform = (text) => (NOT_ASCII.test(text) ? text.replace(ANY_EMOJI, "") : text);

const STOP_COMMA = new RegExp(`\\.[${BLANK}]*,`, "g");

const commaRuns: Transform = (text) => {
  if (!text.includes(",")) return text;
  let out = text.replace(STOP_COMMA, ",").replaceAll(".,", ",").replaceAll(",.", ".");
  while (out.includes(",,")) out = out.replaceAll(",,", ",");
  return out;
};

export const spaces: Transform = (text) =>
  trim(text)
    .replace(/ +(?=[.,!?;])/g, "")
    .replace(/ {2,}/g, " ");

const SLANG = new Map([
  ["2nite", "tonight"],
  ["b", "be"],
  ["b4", "before"],
  ["cuz", "because"],
  ["gr8", "great"],
  ["kewl", "cool"],
  ["kool", "cool"],
  ["l8r", "later"],
  ["lawl", "lol"],
  ["r", "are"],
  ["thx", "thanks"],
  ["ttyl", "bye"],
  ["u", "you"],
  ["ur", "your"],
  ["yur", "youre"],
]);

function lone(word: string, text: string, at: number): boolean {
  if (word.length !== 1) return false;
  const left = text[at - 1] ?? "";
  const right = text[at + 1] ?? "";
  const beside = (c: string) => c !== "" && "&-:/+'’".includes(c);
  if (beside(left) || beside(right) || left === ".") return true;
  if (right === "." && /^[\p{Alphabetic}\p{N}_]/u.test(text.slice(at + 2))) return true;
  return word === "B" && !/(?:^|[.!?])$/.test(trimEnd(text.slice(0, at)));
}

/** Writes out short forms; the last of the transforms, after all rules that turn a message away. */
export const slang: Transform = (text) =>
  text.replace(/[A-Za-z0-9_\u0080-\uffff]+/g, (word, at: number) => {
    const long = SLANG.get(word.toLowerCase());
    if (long === undefined || lone(word, text, at)) return word;
    return /\p{Lu}/u.test(word) ? long.charAt(0).toUpperCase() + long.slice(1) : long;
  });

/** Those that run first, in order. */
export const TRANSFORMS: readonly Transform[] = [pipes, markup, mentions, lineEdges, emoji, commaRuns, spaces];
