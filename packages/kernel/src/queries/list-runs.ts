import type { Engine } from "../engine/engine.ts";
import type { RunFacts, RunStatus } from "../state/run.ts";
import { pageToken, readPageToken } from "./page-token.ts";

export interface RunFilter {
  readonly status?: RunStatus | readonly RunStatus[];
  readonly workflowId?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** At most 1,000; default 50. */
  readonly limit?: number;
  /** `nextPage` of the page before. */
  readonly page?: string;
}

export interface RunPage {
  readonly runs: readonly RunFacts[];
  readonly nextPage?: string;
}

/** Newest first, stable while runs are started; reads no payload column. */
export async function listRuns(engine: Engine, filter: RunFilter = {}): Promise<RunPage> {
  const { status, workflowId, labels, limit = 50, page } = filter;
  const after = page === undefined ? undefined : readPageToken(page, { runs: 2 }).runs;
  const runs = await engine.persistence.query.find({
    table: "runs",
    where: {
      namespace: engine.namespace,
      ...(status === undefined
        ? {}
        : { status: typeof status === "string" ? status : { in: status } }),
      ...(workflowId === undefined ? {} : { workflowId }),
      ...(labels === undefined ? {} : { labels: { has: labels } }),
    },
    orderBy: ["createdAt"],
    descending: true,
    limit,
    ...(after ? { after } : {}),
  });
  const last = runs.at(-1);
  const more = last && runs.length === limit;
  return { runs, ...(more ? { nextPage: pageToken({ runs: [last.createdAt, last.id] }) } : {}) };
}
