/** Parts into which the documents are dealt out, each a stage of its own. */
export const PARTS = [1, 2, 3, 4, 5, 6, 7, 8] as const;

export const PAUSE_STAGE = "pause";

export type PartStage = `analyse-${(typeof PARTS)[number]}`;

/** Ids of all stages in the order of the workflow. */
export const STAGE_IDS: readonly string[] = [
  "collect",
  ...PARTS.map((part): PartStage => `analyse-${part}`),
  "compare",
  PAUSE_STAGE,
  "report",
];

/** Stages that do the same to different documents go by one name, and which of them it is. */
export function partOf(stageId: string): { readonly id: string; readonly item: string } {
  const part = /^analyse-(\d+)$/.exec(stageId)?.[1];
  return part === undefined
    ? { id: stageId, item: "" }
    : { id: "analyse", item: `part ${part} of ${PARTS.length}` };
}

/** The documents of a part: dealt out like cards, so that every part has its share of a folder. */
export const dealt = <T>(documents: readonly T[], part: number): readonly T[] =>
  documents.filter((_, at) => at % PARTS.length === part - 1);
