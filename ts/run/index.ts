export type { BuildEvent, OnEvent, ProgressEvent } from "./events.ts";
export type { FinishedBuild, Manifest, ManifestOutput, ManifestStep, Reporter } from "./manifest.ts";
