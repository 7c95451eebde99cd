/*
 * SOURCES: readonly SourceDefinition[];  findSource(name: string): SourceDefinition | undefined
 */
export type * from "./source.ts";
