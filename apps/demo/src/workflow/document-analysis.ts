import { type Workflow, WorkflowBuilder } from "@pawl/kernel";
import { z } from "zod";
import { analyseStages, collectStage, compareStage, pauseStage } from "./analysis-stages.ts";
import { type ReportParts, type ReportWritten, reportStage } from "./report-stage.ts";

const INPUT = z.object({
  paths: z.array(z.string().min(1)).min(1),
  /** Absolute path of the folder in which the paths are meant. */
  from: z.string().min(1),
});

export type DocumentAnalysisWorkflow = Workflow<z.infer<typeof INPUT>, ReportWritten>;

/**
 * Collects documents, analyses them side by side, compares them all, pauses durably, and writes a
 * report. Everything that touches the world is a step.
 */
export function documentAnalysis(parts: ReportParts): DocumentAnalysisWorkflow {
  const { journal } = parts;
  const collect = collectStage(journal);
  const analyse = analyseStages(journal);
  const compare = compareStage(journal);
  return new WorkflowBuilder("document-analysis", { input: INPUT })
    .pipe(collect)
    .parallel(analyse)
    .pipe(compare)
    .pipe(pauseStage(journal))
    .pipe(reportStage({ collect, analyse, compare }, parts))
    .build();
}
