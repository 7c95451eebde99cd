export { GristmillError } from "../native/index.ts";
export type { BuildEvent, FinishedBuild, Manifest, ManifestOutput, ManifestStep, Reporter } from "../run/index.ts";
export type * from "./types.ts";
