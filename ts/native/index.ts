/** The only way to the addon. Everything else in the package imports from here. */
export { GristmillError } from "./failure.ts";
export { Feed, native, type NativeRun, Outlet, Run } from "./run.ts";
export type * from "./specs.ts";
