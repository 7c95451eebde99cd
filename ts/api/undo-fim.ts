/** What of a token is looked at. */
interface Token {
  text: string;
  special: boolean;
}

/** Names that families of models give to the tokens around the pieces of a text. */
const FIM = [
  { prefix: "<|fim_prefix|>", suffix: "<|fim_suffix|>", middle: "<|fim_middle|>", hole: "<|fim_hole_{n}|>" },
  { prefix: "<fim_prefix>", suffix: "<fim_suffix>", middle: "<fim_middle>", hole: "<fim_hole_{n}>" },
  { prefix: "<fim-prefix>", suffix: "<fim-suffix>", middle: "<fim-middle>", hole: "<fim-hole-{n}>" },
  { prefix: "<｜fim▁begin｜>", suffix: "<｜fim▁hole｜>", middle: "<｜fim▁end｜>", hole: "<｜fim▁hole▁{n}｜>" },
];

/** The text of a sequence as it was before `fim`; the tokens that end it stay at its end. */
export function originalOf(tokens: readonly Token[]): string | null {
  const names = FIM.flatMap(Object.values);
  const last = tokens.findLastIndex((token) => !token.special || names.includes(token.text));
  const joined = (some: readonly Token[]): string => some.map((token) => token.text).join("");
  const text = undoFim(joined(tokens.slice(0, last + 1)));
  return text === null ? null : text + joined(tokens.slice(last + 1));
}

/** The text that `fim` has rearranged, in its own order; `null` when this is none or not the whole of one. */
function undoFim(text: string): string | null {
  for (const { prefix, suffix, middle, hole } of FIM) {
    const start = text.indexOf(prefix);
    if (start < 0) continue;
    const [before, body] = [text.slice(0, start), text.slice(start + prefix.length)];
    const [left, right] = halves(body, middle);
    if (right === null) return null;
    const [head, tail] = halves(left, suffix);
    // In suffix-prefix-middle nothing stands before the suffix, and prefix and middle are one piece already.
    if (tail !== null) return before + head + right + tail;
    return holes(left, right, before, (n) => hole.replace("{n}", String(n)));
  }
  return null;
}

/** Puts the texts of numbered holes back. */
function holes(left: string, right: string, before: string, hole: (n: number) => string): string | null {
  let text = before;
  let rest = left;
  let [, fillings] = halves(right, hole(0));
  for (let n = 0; fillings !== null; n += 1) {
    const [head, tail] = halves(rest, hole(n));
    if (tail === null) return null;
    const [filling, next] = halves(fillings, hole(n + 1));
    text += head + filling;
    rest = tail;
    if (next === null) return text + rest;
    fillings = next;
  }
  return null;
}

function halves(text: string, by: string): [string, string | null] {
  const at = text.indexOf(by);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + by.length)];
}
