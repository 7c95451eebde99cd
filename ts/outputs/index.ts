/*
 * OUTPUTS: readonly OutputDefinition[];  findOutput(name: string): OutputDefinition | undefined
 */
export type * from "./output.ts";
