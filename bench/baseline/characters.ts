/** Character classes as Unicode defines them; JavaScript's `\s`, `\w`, `\d` and `trim` differ in a few places. */

/** White space, for use inside a class. */
export const BLANK = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
/** Word characters, for use inside a class of a `u` pattern. */
export const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d";
/** A word border. */
export const BORDER = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`;

const ODD = /[\u0085\ufeff]/;
const HEAD = new RegExp(`^[${BLANK}]+`);
const TAIL = new RegExp(`[${BLANK}]+$`);

export function trimStart(text: string): string {
  return ODD.test(text) ? text.replace(HEAD, "") : text.trimStart();
}

export function trimEnd(text: string): string {
  return ODD.test(text) ? text.replace(TAIL, "") : text.trimEnd();
}

export function trim(text: string): string {
  return trimEnd(trimStart(text));
}

/** Lines that are not blank, trimmed. */
export function fullLines(body: string): string[] {
  return body
    .split("\n")
    .map(trim)
    .filter((line) => line !== "");
}

const PART = "(?![\\x00-\\x7f])\\p{Emoji}";
/** One emoji with all that belongs to it. */
export const EMOJI =
  "(?:[0-9#*]\\ufe0f?\\u20e3|[\\u{1f1e6}-\\u{1f1ff}]{1,2}|" +
  `${PART}(?:[\\ufe0f\\u{1f3fb}-\\u{1f3ff}\\u{e0020}-\\u{e007f}\\u20e3]|\\u200d${PART})*)`;

/** Marks people begin list entries with. */
export const BULLETS = new Set(
  "-*`+>•‣◦⁃∙·●○◉◎◯⦿⦾■□▪▫▢▣◼◻◾◽▶▷►▻▸▹◀◁◄◅◂◃▲△▼▽◆◇◈❖★☆✦✧✩✪✫✬✭✮✯✰" +
    "✱✲✳✴✵✶✷✸✹✺✻✼✽✾✿❀→⇒➔➜➝➞➤➢➣➥➦»›✓✔✗✘☐☑☒「」『』【】〈〉《》〔〕※–—⁌⁍➙➛➟➠",
);

/** Whether a line begins with a bullet. */
export function bulleted(line: string): boolean {
  const first = trimStart(line).codePointAt(0);
  return first !== undefined && BULLETS.has(String.fromCodePoint(first));
}
