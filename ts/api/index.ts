/** The public API: what `import … from "gristmill"` gives. Everything the command line does, it does through this. */
export {
  batch,
  type DecodeOptions,
  type EncodeOptions,
  GristmillError,
  type LoadTokenizerOptions,
  type PackedIds,
  type PlacedIds,
  type Texts,
  TOKENIZER_FORMATS,
  Tokenizer,
  type TokenizerFormat,
  type TokenizerInfo,
  TokenStream,
} from "../native/index.ts";
export type { BuildEvent, FinishedBuild, Manifest, ManifestOutput, ManifestStep, Reporter } from "../run/index.ts";
export type { UserMap, UserResult, UserRow } from "../steps/index.ts";
export type * from "../store/index.ts";
export { openStore } from "../store/index.ts";
export { build, estimate, plan, type RunTaskOptions, readPlan, runTask, writePlan } from "./build.ts";
export { type CaptureEvent, type CaptureOptions, capture } from "./capture.ts";
export { type DatasetInfosOptions, datasetInfos } from "./dataset-infos.ts";
export { explain } from "./explain.ts";
export { type ImportOptions, type ImportProgress, type ImportResult, importMessages } from "./import-messages.ts";
export { columnsOf, type ReadOptions, readBatches } from "./read-batches.ts";
export { RowBatch } from "./row-batch.ts";
export { runStep, runSteps } from "./run-step.ts";
export { type SampledRows, type SampleOptions, sampleRows } from "./sample-rows.ts";
export { type ServeEvent, type ServeOptions, type Serving, serve } from "./serve.ts";
export { splitRows } from "./split-rows.ts";
export { tokenStatistics, turnStatistics } from "./statistics.ts";
export { gc, status } from "./status.ts";
export { type StepFunction, type StepSource, step } from "./steps.ts";
export {
  type ShownSequence,
  type ShownToken,
  type TokenPageOptions,
  type TokenRun,
  type TokenState,
  type TokenView,
  type TokenViewOptions,
  tokenViews,
  writeTokenPage,
} from "./token-view.ts";
export {
  type CompareTokenizersOptions,
  compareTokenizers,
  convertTokenizer,
  type TokenizerFigures,
  type TokenizerSums,
  type TrainReport,
  type TrainTokenizerOptions,
  trainTokenizer,
} from "./tokenizer.ts";
export type * from "./types.ts";
export { type VerifyOptions, verify } from "./verify.ts";
export { codeVersion, version } from "./version.ts";
