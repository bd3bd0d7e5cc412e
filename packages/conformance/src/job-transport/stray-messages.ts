import type { Job } from "@pawl/kernel/ports";

export interface StrayMessage {
  readonly name: string;
  /** As it lies on the wire. */
  readonly text: string;
  /** What a host counts it as. */
  readonly ghost: "malformed" | "otherVersion" | "tooLarge" | "unknown";
}

/** Characters: beyond 256 KB. */
const HUGE = 300_000;

/** What strangers may put onto a queue, made of a job: no host may execute any of it. */
export function strayMessages(job: Job): readonly StrayMessage[] {
  const stray = (name: string, ghost: StrayMessage["ghost"], change: object): StrayMessage => ({
    name,
    ghost,
    text: JSON.stringify({ ...job, ...change }),
  });
  const { text: whole } = stray("whole", "unknown", {});
  return [
    stray("forged", "malformed", { workflowRunId: { $ne: null } }),
    { name: "truncated", ghost: "malformed", text: whole.slice(0, -whole.length / 3) },
    stray("of another version", "otherVersion", { v: 2 }),
    stray("longer than a job", "tooLarge", { stageId: "s".repeat(2_000) }),
    stray("larger than 256 KB", "tooLarge", { more: "x".repeat(HUGE) }),
    stray("of an unknown run", "unknown", { workflowRunId: "nobody" }),
  ];
}

/** How often a host counts each of them. */
export const STRAY_GHOSTS: Readonly<Record<StrayMessage["ghost"], number>> = {
  malformed: 2,
  otherVersion: 1,
  tooLarge: 2,
  unknown: 1,
};
