/** Cards and reports of a finished build. `writeCardAndReport` is the reporter a build uses unless it is given another. */

export { datasetInfos } from "./dataset-infos.ts";
export type {
  CardOptions,
  CardSource,
  DatasetReport,
  ReportedInput,
  ReportedManifest,
  ReportInput,
  SplitReport,
  TokenFigures,
  TurnFigures,
} from "./input.ts";
export { writeCardAndReport } from "./reporter.ts";
export { renderTokenReport, renderTurnTable } from "./token-report.ts";
export { turnChart } from "./turn-chart.ts";
export { writeReports } from "./write.ts";
