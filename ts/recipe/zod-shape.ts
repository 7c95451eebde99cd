import { z } from "zod";

/** The schema below defaults, optionals and conversions. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return bare(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return bare(schema.out);
  return schema;
}

/** The object schema at a path inside another, if there is one. */
export function objectAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.ZodObject | null {
  const here = bare(schema);
  const [step, ...rest] = path;
  if (step === undefined) return firstObject(here);
  const object = firstObject(here);
  if (object !== null) {
    const below = object.shape[String(step)];
    return below === undefined ? null : objectAt(below, rest);
  }
  if (here instanceof z.ZodArray) return objectAt(here.element, rest);
  if (here instanceof z.ZodRecord) return objectAt(here.valueType, rest);
  return null;
}

function firstObject(schema: z.core.$ZodType): z.ZodObject | null {
  if (schema instanceof z.ZodObject) return schema;
  if (!(schema instanceof z.ZodUnion)) return null;
  for (const option of schema.options) {
    const inner = bare(option);
    if (inner instanceof z.ZodObject) return inner;
  }
  return null;
}
