import { type Persistence, type StageFacts, type StepRow, stageKeyText } from "@pawl/kernel/ports";

/** What the engine has recorded of a run, however much that is. */
export interface Records {
  stages(runId: string): Promise<readonly StageFacts[]>;
  /** In the order of their keys, without what they returned. */
  steps(runId: string): Promise<readonly StepRow[]>;
}

const PAGE = 1_000;

export const recordsIn = (persistence: Pick<Persistence, "query">): Records => ({
  stages: (runId) => persistence.query.find({ table: "stages", where: { runId }, limit: PAGE }),
  steps: (runId) => allSteps(persistence, runId),
});

async function allSteps(
  persistence: Pick<Persistence, "query">,
  runId: string,
): Promise<readonly StepRow[]> {
  const steps: StepRow[] = [];
  for (let last: StepRow | undefined; ; ) {
    const page = await persistence.query.find({
      table: "steps",
      where: { runId },
      limit: PAGE,
      ...(last ? { after: keyOf(last) } : {}),
    });
    steps.push(...page);
    last = page.at(-1);
    if (page.length < PAGE) return steps;
  }
}

const keyOf = (row: StepRow): readonly (string | number)[] => [
  row.runId,
  row.stageId,
  row.mapIndex,
  row.generation,
  row.key,
  row.occurrence,
];

/** The idempotency key that the body of this step was given. */
export const stepOf = (row: StepRow): string => `${stageKeyText(row)}/${row.key}#${row.occurrence}`;
