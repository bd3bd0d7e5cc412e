import type { Write } from "../state/plan.ts";
import type { RunFacts } from "../state/run.ts";
import { fromDbNow } from "../state/time.ts";

/** Who asks, why, and the identity of the commit that carries it out. */
export interface Operator {
  readonly commitId: string;
  readonly actor: string;
  readonly reason: string | null;
}

/** The row that every operator verb leaves. */
export const audit = (
  run: Pick<RunFacts, "namespace"> & { readonly id: string | null },
  verb: string,
  { commitId, actor, reason }: Operator,
): Write => ({
  op: "insert",
  table: "audit",
  row: {
    id: commitId,
    namespace: run.namespace,
    runId: run.id,
    verb: `run.${verb}`,
    actor,
    reason,
    data: {},
    at: fromDbNow(),
  },
});
