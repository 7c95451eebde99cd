import { z } from "zod";

/** What of a text counts when it is compared with others. */
export const COMPARE = ["exact", "without_whitespace", "normalised"] as const;

export const anyDigit = z
  .boolean()
  .default(false)
  .describe("With `normalised`, take all digits as equal, so that dates and counters make no difference");
