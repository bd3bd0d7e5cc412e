import type { AnyWorkflow, RunView } from "@pawl/kernel";
import type { Expect, TestRunner } from "../runner.ts";
import { Marks } from "./marks.ts";
import type { HostConformanceOptions, HostStart, HostSubject } from "./subject.ts";

/** What a case has at hand. */
export interface HostBench {
  readonly expect: Expect;
  readonly host: HostSubject;
  readonly marks: Marks;
  /** Starts a run and answers it once it has ended. */
  run(workflowId: string, input?: unknown, options?: HostStart): Promise<RunView>;
  /** The run once it has ended. */
  ended(runId: string): Promise<RunView>;
  /** Resolves once a body has left this mark. */
  reached(key: string): Promise<void>;
  /** The same, or an error that names what did not come in time. */
  within<T>(what: string, work: Promise<T>): Promise<T>;
  /** Lets go on every body that waits at the gate. */
  openGate(): void;
}

/** What the workflows of a case share with it. */
export interface Bodies {
  readonly marks: Marks;
  /** Resolves when the case opens its gate, at the latest when it has ended. */
  readonly gate: Promise<void>;
}

/** Registers a case: its title, its workflows, and what must hold of them. */
export type Prove = (
  title: string,
  workflows: (bodies: Bodies) => readonly AnyWorkflow[],
  body: (bench: HostBench) => Promise<void>,
) => void;

const PATIENCE_MS = 15_000;
const CASE_TIMEOUT_MS = 60_000;

export const proveOn =
  ({ it, expect }: TestRunner, options: HostConformanceOptions): Prove =>
  (title, workflows, body) => {
    const prove = async (): Promise<void> => {
      const marks = new Marks();
      const { promise: gate, resolve: openGate } = deferred();
      const host = await options.create(workflows({ marks, gate }));
      const within = <T>(what: string, work: Promise<T>): Promise<T> =>
        inTime(what, work, options.patienceMs ?? PATIENCE_MS);
      const ended = (runId: string): Promise<RunView> =>
        within(`the end of run ${runId}`, host.result(runId));
      const stop = (): Promise<void> => {
        openGate();
        return within("the end of the host", host.stop());
      };
      try {
        await body({
          expect,
          host,
          marks,
          within,
          ended,
          openGate,
          run: async (...asked) => ended(await host.start(...asked)),
          reached: (key) => within(`the mark "${key}"`, marks.reached(key)),
        });
      } catch (error) {
        await stop().catch(() => undefined);
        throw error;
      }
      await stop();
    };
    it(title, prove, CASE_TIMEOUT_MS);
  };

async function inTime<T>(what: string, work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const says = new Error(`${what} did not come within ${ms} ms`);
    timer = setTimeout(() => reject(says), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: () => resolve() };
}
