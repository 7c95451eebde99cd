import { z } from "zod";

/** Options that the steps for chat formats share. */
export const column = z.string().min(1);

/** `keep: ""`, as a command line says it, is no column at all. */
export const keptColumns = z
  .preprocess((value) => {
    if (typeof value === "string") return value.split(",").filter((name) => name !== "");
    return Array.isArray(value) ? value.filter((name) => name !== null && name !== "") : value;
  }, z.array(z.string().min(1)).nullable())
  .default(null);

export const ignoredFields = z
  .array(z.string().min(1))
  .default([])
  .describe(
    "Fields of a message that may be lost, e.g. `[name, weight]`; any other field that the output cannot say drops the dialogue",
  );

export const endOfText = z.boolean().default(true).describe("Close ChatML text with `<|end_of_text|>`");
