/**
 * Parts of a card that people write by hand. Each stands between `<!-- keep:NAME -->` and `<!-- /keep:NAME -->`;
 * a new card takes over what the old one holds there, so that a rebuild never loses an author's words.
 */

const PART = /<!-- keep:([a-z0-9-]+) -->([\s\S]*?)<!-- \/keep:\1 -->/g;

/** A place for hand-written text, with what stands there as long as nobody has written anything. */
export function keptPart(name: string, initial: string): string {
  return `<!-- keep:${name} -->\n${initial}\n<!-- /keep:${name} -->`;
}

/** The new card with the hand-written parts of the old one; parts it has no place for go to its end. */
export function carryOver(card: string, old: string | null): string {
  if (old === null) return card;
  const written = new Map<string, string>();
  for (const [, name, text] of old.matchAll(PART)) {
    if (name !== undefined && text !== undefined) written.set(name, text);
  }
  let merged = card.replace(PART, (part: string, name: string) => {
    const text = written.get(name);
    written.delete(name);
    return text === undefined ? part : wrap(name, text);
  });
  for (const [name, text] of written) merged += `\n${wrap(name, text)}\n`;
  return merged;
}

function wrap(name: string, text: string): string {
  return `<!-- keep:${name} -->${text}<!-- /keep:${name} -->`;
}
