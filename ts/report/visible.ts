/**
 * Control characters and direction marks in text from data could move the cursor, retitle the window or reorder what
 * is read. Wherever such text is shown, they are spelled out.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text that is safe to show; line breaks stay. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`);
}

/** The same on one line. */
export function oneLine(text: string): string {
  return visible(text.replace(/\n/g, "\\n"));
}

/** A JSON document in which such characters are JSON escapes, so that it still reads back as it was. */
export function visibleJson(document: unknown, indent?: number): string {
  return JSON.stringify(document, null, indent).replace(
    UNSAFE,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
