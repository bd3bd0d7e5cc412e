import { checkInvariants } from "@pawl/kernel";
import type { RowsOfRun } from "@pawl/persistence-memory";
import type { Complaint } from "../checks/changes.ts";
import type { CrashWorld } from "./crash-world.ts";

/** What is wrong with the rows of a run when all is over. */
export async function restProblems(
  world: CrashWorld,
  rows: RowsOfRun,
): Promise<readonly Complaint[]> {
  const [run] = rows.runs;
  if (!run) return [["answer", "the run has no row"]];
  const delivered = world.outlets.deliveredRev(run.id);
  const broken = checkInvariants({ ...rows, slots: [] });
  const lost = await lostBlobs(world, rows);
  return [
    ...broken.map(({ invariant, message }): Complaint => [invariant, message]),
    ...(delivered === run.rev && run.sinkRev === run.rev
      ? []
      : [["sink", `${delivered} of ${run.rev} events came, the row says ${run.sinkRev}`] as const]),
    ...(await world.leftovers()).map((what): Complaint => ["I6", `${what} are left`]),
    ...lost.map((hash): Complaint => ["I30", `blob ${hash} is referred to and is not stored`]),
  ];
}

/** Hashes of payloads that refer to blobs which are not there. */
async function lostBlobs(
  { outlets }: CrashWorld,
  { runs, stages, steps }: RowsOfRun,
): Promise<readonly string[]> {
  const payloads = [
    ...runs.flatMap(({ input, config, output }) => [input, config, output]),
    ...stages.flatMap(({ input, output, progress }) => [input, output, progress]),
    ...steps.map(({ output }) => output),
  ];
  const lost: string[] = [];
  for (const packed of payloads) {
    if (!packed?.startsWith("b")) continue;
    const { hash } = JSON.parse(packed.slice(1)) as { readonly hash: string };
    if (!(await outlets.blobStore.has(hash))) lost.push(hash);
  }
  return lost;
}
