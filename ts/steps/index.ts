/*
 * STEPS: readonly StepDefinition[];  findStep(nameOrAlias: string): StepDefinition | undefined
 */
export type * from "./step.ts";
