/** Reports made from the figures of a finished build. The runner calls `writeReports` and commits what it returns. */
export type { CardOptions, CardSource, DatasetReport, ReportInput, SplitReport, TokenFigures } from "./input.ts";
export type { Manifest, ManifestInput, ManifestOutput, ManifestRun, ManifestStep } from "./manifest.ts";
export { writeReports } from "./write.ts";
