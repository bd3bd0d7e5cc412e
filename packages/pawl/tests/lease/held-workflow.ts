import { defineWorkflow, type Environment, type Workflow } from "../../src/index.ts";

export interface LeaseSettings {
  readonly directory: string;
  readonly environment: Environment;
  readonly leaseTtlMs: number;
  /** How long the step blocks its process; 0: it waits to be told. */
  readonly blockMs: number;
  /** Where it says that it runs. */
  readonly place?: string;
  readonly leaseThread?: boolean;
  readonly maxLoopBlockMs?: number;
}

export type Said =
  | { readonly type: "up" | "entered" }
  | { readonly type: "log"; readonly level: string; readonly message: string }
  | {
      readonly type: "stats";
      readonly losses: number;
      readonly sessionId: string | undefined;
      readonly jobsSucceeded: number;
    };

/** One step, which answers who did it. */
export const heldWorkflow = (body: () => Promise<number>): Workflow<unknown, unknown> =>
  defineWorkflow({ id: "held", run: (ctx) => ctx.step("held", body) });

/** Nothing else happens in this thread meanwhile. */
export function blockProcess(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
