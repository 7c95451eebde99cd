/** Recipe to plan: inputs found, columns checked, stages laid out, fingerprints. */
export { describePlan, type Machine, type PlanDescription } from "./describe.ts";
export { fingerprints } from "./fingerprints.ts";
export { makePlan } from "./make-plan.ts";
export type * from "./plan.ts";
export type * from "./plan-options.ts";
