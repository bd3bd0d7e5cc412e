import { basename, join } from "node:path";
import { defineStage, type StageContext, type StageDefinition } from "@pawl/kernel";
import { z } from "zod";
import type { Journal } from "../evidence/journal.ts";
import { htmlReport } from "../report/html.ts";
import { markdownReport } from "../report/markdown.ts";
import type { ReportInput } from "../report/report-input.ts";
import type { RunAccount } from "../report/run-account.ts";
import { summaryOf } from "../report/summary.ts";
import type { AnalyseStage, CollectStage, CompareStage } from "./analysis-stages.ts";
import { journalled } from "./journalled.ts";
import { analysesOf, notesOf, type Outcomes } from "./outcomes.ts";
import { PARTS } from "./stage-names.ts";
import { writeWhole } from "./write-file.ts";

export interface ReportParts {
  readonly journal: Journal;
  /** How the run went so far. */
  readonly account: (runId: string) => Promise<RunAccount>;
}

const WRITTEN = z.object({
  files: z.array(z.string()),
  documents: z.number(),
  /** What was found and not analysed; the report says why. */
  leftOut: z.number(),
  words: z.number(),
  links: z.number(),
  broken: z.number(),
  /** Paths of the two documents that are most alike, if any are. */
  closest: z.object({ a: z.string(), b: z.string(), cosine: z.number() }).optional(),
});

export type ReportWritten = z.infer<typeof WRITTEN>;

interface Upstream {
  readonly collect: CollectStage;
  readonly analyse: readonly AnalyseStage[];
  readonly compare: CompareStage;
}

export const reportStage = (
  { collect, analyse, compare }: Upstream,
  { journal, account }: ReportParts,
): StageDefinition<"report", unknown, ReportWritten> =>
  defineStage({
    id: "report",
    schemas: { output: WRITTEN, config: z.object({ directory: z.string().min(1) }) },
    uses: [collect, ...analyse, compare],
    async execute(ctx) {
      const runStep = journalled(ctx, journal);
      const run = await runStep("account", () => account(ctx.runId));
      const input = reportInput(ctx, run);
      const { directory } = ctx.config;
      const files = [
        await runStep("report.md", () =>
          writeWhole(join(directory, "report.md"), markdownReport(input)),
        ),
        await runStep("report.html", () =>
          writeWhole(join(directory, "report.html"), htmlReport(input)),
        ),
      ];
      return { output: { files, ...figuresOf(input) } };
    },
  });

type Collected = Pick<ReportInput, "notes"> & { readonly root: string };
type Outputs = { collect: Collected; compare: ReportInput["comparison"] } & Outcomes;

function reportInput(
  ctx: Pick<StageContext<unknown, unknown, Outputs>, "now" | "require">,
  run: RunAccount,
): ReportInput {
  const { root, notes } = ctx.require("collect");
  const outcomes = Object.fromEntries(
    PARTS.map((part) => [`analyse-${part}`, ctx.require(`analyse-${part}`)]),
  ) as Outcomes;
  return {
    title: "Document analysis",
    rootName: basename(root) || root,
    generatedAt: new Date(ctx.now()).toISOString(),
    documents: analysesOf(outcomes),
    notes: [...notes, ...notesOf(outcomes)],
    comparison: ctx.require("compare"),
    run,
  };
}

function figuresOf(input: ReportInput): Omit<ReportWritten, "files"> {
  const { totals, paths } = summaryOf(input);
  const { documents, words, links, broken } = totals;
  const [pair] = input.comparison.similarity.pairs;
  const pathOf = (id: string): string => paths.get(id) ?? id;
  return {
    documents,
    leftOut: input.notes.filter(({ kind }) => kind !== "duplicate").length,
    words,
    links,
    broken,
    ...(pair ? { closest: { a: pathOf(pair.a), b: pathOf(pair.b), cosine: pair.cosine } } : {}),
  };
}
