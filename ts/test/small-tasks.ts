import { fingerprints, makePlan } from "../plan/index.ts";
import { loadRecipe } from "../recipe/index.ts";
import { runBuild } from "../run/index.ts";

/** Builds as if the machine were small: many tasks and partitions where a real build of so little text has one. */
export async function buildInSmallTasks(
  recipe: Record<string, unknown>,
  { out, threads, splitBytes }: { out: string; threads: number; splitBytes: number },
): Promise<{ tasks: number; partitions: number }> {
  const plan = await makePlan(loadRecipe({ object: recipe, vars: {}, sets: {}, env: {} }), {
    code: "small tasks",
    splitBytes,
  });
  let tasks = 0;
  await runBuild({
    plan,
    fingerprints: fingerprints(plan),
    out,
    version: "0",
    threads,
    maxBadRows: 0,
    user: new Map(),
    onEvent: (event) => {
      if (event.event === "task_done") tasks += 1;
    },
  });
  return { tasks, partitions: plan.partitions };
}
