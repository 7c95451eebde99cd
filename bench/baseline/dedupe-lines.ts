/** Repeated lines in plain JavaScript: a set of normalised lines; later ones are cut. */

const LEAST = 20;

/** The texts without lines that came before; `null` where nothing is left. */
export function dedupeLines(texts: readonly string[]): (string | null)[] {
  const seen = new Set<string>();
  return texts.map((text) => {
    let cut = false;
    const left = text.split("\n").filter((line) => {
      const form = line.toLowerCase().replace(/[^\p{Alphabetic}\p{N}]+/gu, "");
      if (form.length < LEAST) return true;
      if (seen.has(form)) {
        cut = true;
        return false;
      }
      seen.add(form);
      return true;
    });
    if (!cut) return text;
    const rest = left
      .join("\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim();
    return rest === "" ? null : rest;
  });
}
