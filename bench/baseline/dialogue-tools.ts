/** The tools for tables of dialogues in JavaScript, after the rules of the product's default. */
import { createHash } from "node:crypto";

const MESSAGE = /<\|im_start\|>([^\n]*)\n([\s\S]*?)<\|im_end\|>/g;
/** White space as Python has it. */
const BLANK = "\\s\\u001c-\\u001f";
const ENDS = new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, "g");

interface Message {
  assistant: boolean;
  text: string;
}

function messages(text: string): Message[] {
  return [...text.matchAll(MESSAGE)].map(([, role = "", content = ""]) => ({
    assistant: role.trim() === "assistant",
    text: content.replace(ENDS, ""),
  }));
}

const digest = (parts: readonly string[]) => createHash("sha1").update(parts.join("\n")).digest("base64");

/** Numbers of the rows that stay: one of equal dialogues, then of those that differ in the last reply the longest. */
export function dedupe(texts: readonly string[]): number[] {
  const seen = new Set<string>();
  const best = new Map<string, { row: number; size: number }>();
  const stay: number[] = [];
  const loose: number[] = [];
  for (const [row, text] of texts.entries()) {
    const all = messages(text);
    const key = digest(all.map((message) => message.text));
    if (all.length > 0 && seen.has(key)) continue;
    seen.add(key);
    const last = all.at(-1);
    if (last === undefined || !last.assistant || all.length < 2) {
      loose.push(row);
      continue;
    }
    const before = digest(all.slice(0, -1).map((message) => message.text));
    const size = [...last.text].length;
    const held = best.get(before);
    if (held === undefined || size > held.size) best.set(before, { row, size });
  }
  for (const { row } of best.values()) stay.push(row);
  return [...stay, ...loose].sort((a, b) => a - b);
}

const RUN = new RegExp(`([,:${BLANK}]*)<\\|im_end\\|>`, "g");

/** A text without commas, colons and blanks before its end tags. */
export function closeTurns(text: string): string {
  return text.replace(RUN, (whole, run: string, at: number) => {
    if (run === "") return whole;
    const last = run.lastIndexOf(":");
    if (last >= 0 && /[,:]/.test(run.slice(0, last))) return whole;
    const before = text.slice(Math.max(0, at - 30), at);
    if (/<\|im_start\|>(user|assistant)$/.test(before) && run.startsWith("\n")) return "\n<|im_end|>";
    const emoticon = /(^|[^\p{L}\p{N}_])[0oOdDvVxXcC]$/u.test(before) || /[^\p{L}\p{N}_]$/u.test(before);
    return `${emoticon && run.startsWith(":") ? ":" : ""}<|im_end|>`;
  });
}

const WORD = new RegExp(`[^${BLANK}]+`, "g");

/** Tokens (words), turns, assistant turns, characters and words. */
export function addStats(text: string): number[] {
  const assistant = text.split("<|im_start|>assistant").length - 1;
  const user = text.split("<|im_start|>user").length - 1;
  let characters = 0;
  for (const _ of text) characters++;
  const words = text.match(WORD)?.length ?? 0;
  return [words, user + assistant, assistant, characters, words];
}
