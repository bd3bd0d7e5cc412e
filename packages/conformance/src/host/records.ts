import type { HostSubject } from "./subject.ts";

/** The records of a run's steps as `key status`, sorted. */
export async function stepsOf({ kernel }: HostSubject, runId: string): Promise<readonly string[]> {
  const { steps } = await kernel.query.getTimeline(runId);
  return steps.map(({ key, status }) => `${key} ${status}`).sort();
}
