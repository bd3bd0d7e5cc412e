import type { AnyWorkflow } from "@pawl/kernel";
import type { ClaimedStage } from "@pawl/kernel/ports";
import { fn } from "../workflows.ts";
import type { Party } from "./race.ts";

/** Two steps, which count their bodies. */
export const counting = (bodies: string[] = []): AnyWorkflow =>
  fn("counting", async (ctx) => {
    await ctx.step("one", () => void bodies.push("one"));
    await ctx.step("two", () => void bodies.push("two"));
    return "counted";
  });

/** A verb about a run, asked by a party. */
export const verb =
  (
    type: "run.cancel" | "run.terminate" | "run.pause" | "run.resume" | "run.transition",
  ): ((party: Party, facts: { readonly runId: string }) => Promise<unknown>) =>
  ({ h }, { runId }) =>
    h.kernel.dispatch({ type, workflowRunId: runId });

export const claimSome = ({ h, session }: Party, limit = 10): Promise<readonly ClaimedStage[]> =>
  h.kernel.dispatch({ type: "job.claim", session, limit });

export const execute = ({ h, session }: Party, claimed: ClaimedStage): Promise<unknown> =>
  h.kernel.dispatch({ type: "job.execute", session, claimed });

/** Claims what there is, then executes it. */
export async function work(party: Party): Promise<readonly ClaimedStage[]> {
  const claimed = await claimSome(party);
  await Promise.all(claimed.map((stage) => execute(party, stage)));
  return claimed;
}

/** A run of the workflow, one of its stages claimed by the party. */
export async function claimedRun(
  party: Party,
  workflowId: string,
): Promise<{ readonly runId: string; readonly claimed: ClaimedStage }> {
  const runId = await party.h.start(workflowId);
  const [claimed] = await claimSome(party);
  if (!claimed) throw new Error("nothing to claim");
  return { runId, claimed };
}
