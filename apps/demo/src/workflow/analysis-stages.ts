import { defineStage, type StageDefinition } from "@pawl/kernel";
import { z } from "zod";
import { analyseDocument, type DocumentOutcome } from "../analyse/analyse-document.ts";
import { type CorpusComparison, compareCorpus } from "../analyse/compare-corpus.ts";
import { type CollectRequest, collectDocuments } from "../collect/collect-documents.ts";
import type { Collection } from "../collect/document.ts";
import type { Journal } from "../evidence/journal.ts";
import { journalled } from "./journalled.ts";
import { analysesOf, type Outcomes } from "./outcomes.ts";
import { dealt, PARTS, PAUSE_STAGE, type PartStage } from "./stage-names.ts";

export type CollectStage = StageDefinition<"collect", CollectRequest, Collection>;
export type AnalyseStage = StageDefinition<PartStage, Collection, readonly DocumentOutcome[]>;
export type CompareStage = StageDefinition<"compare", Outcomes, CorpusComparison>;

/** What the stages hand each other is large and their own: typed, and not looked through. */
const collection = z.custom<Collection>();
const outcomes = z.custom<readonly DocumentOutcome[]>();
const comparison = z.custom<CorpusComparison>();

const DOCUMENTS_AT_ONCE = 4;

export const collectStage = (journal: Journal): CollectStage =>
  defineStage({
    id: "collect",
    schemas: { input: z.custom<CollectRequest>(), output: collection },
    execute: async (ctx) => ({
      output: await journalled(ctx, journal)("collect", () => collectDocuments(ctx.input)),
    }),
  });

export const analyseStages = (journal: Journal): readonly AnalyseStage[] =>
  PARTS.map((part) =>
    defineStage({
      id: `analyse-${part}`,
      schemas: { input: collection, output: outcomes },
      async execute(ctx) {
        const { root, documents } = ctx.input;
        const runStep = journalled(ctx, journal);
        const output = await ctx.map(
          dealt(documents, part),
          (document) =>
            analyseDocument({ document, root }, (key, body) =>
              runStep(`${document.path} ${key}`, body),
            ),
          { concurrency: DOCUMENTS_AT_ONCE },
        );
        return { output };
      },
    }),
  );

export const compareStage = (journal: Journal): CompareStage =>
  defineStage({
    id: "compare",
    schemas: { input: z.custom<Outcomes>(), output: comparison },
    async execute(ctx) {
      const documents = analysesOf(ctx.input);
      const output = await journalled(ctx, journal)("compare", () =>
        compareCorpus(documents.map(({ document, terms }) => ({ id: document.id, terms }))),
      );
      return { output };
    },
  });

/** Sleeps without a worker, then tells that it was woken. */
export const pauseStage = (
  journal: Journal,
): StageDefinition<typeof PAUSE_STAGE, unknown, { readonly ms: number }> =>
  defineStage({
    id: PAUSE_STAGE,
    schemas: {
      output: z.object({ ms: z.number() }),
      config: z.object({ ms: z.number().min(0) }),
    },
    async execute(ctx) {
      await ctx.sleep("pause", ctx.config.ms);
      return { output: await journalled(ctx, journal)("wake", () => ({ ms: ctx.config.ms })) };
    },
  });
