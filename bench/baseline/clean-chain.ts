/**
 * The cleaning chain over plain messages, as a good JavaScript program would do it: one pass of rules per message,
 * cheap tests before dear patterns. The comparison for the native chain, and its oracle. Without the rule `nword`,
 * which needs the product's word list.
 */
import { FIRST, LAST } from "./clean-rejects.ts";
import { slang, TRANSFORMS } from "./clean-transforms.ts";

/** A message's cleaned text, or why it is turned away. */
export type Cleaned = { text: string } | { reason: string };

export function cleanMessage(message: string): Cleaned {
  for (const reject of FIRST) {
    const reason = reject(message);
    if (reason !== undefined) return { reason };
  }
  let text = message;
  for (const transform of TRANSFORMS) text = transform(text);
  for (const reject of LAST) {
    const reason = reject(text);
    if (reason !== undefined) return { reason };
  }
  return { text: slang(text) };
}
