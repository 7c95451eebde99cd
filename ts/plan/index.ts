/** Recipe to plan: see makePlan, describePlan, fingerprints, firstStageTasks. */
export type * from "./plan.ts";
export type * from "./plan-options.ts";
/*
 * makePlan(recipe: Recipe, options: PlanOptions): Promise<Plan>
 * describePlan(plan: Plan): PlanDescription
 * fingerprints(plan: Plan): string[]            by stage id
 * firstStageTasks(plan: Plan): SourceTask[]     one list of splits per task of the stages that read sources
 */
