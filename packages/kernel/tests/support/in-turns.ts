import type { Persistence } from "@pawl/kernel/ports";

/** Settles when a call may go on; called once before and once after each call of the port. */
export type Turn = (call: {
  readonly method: string;
  readonly side: "call" | "answer";
}) => Promise<void>;

/**
 * Lets every call of a persistence, and every answer, wait for a turn of its own. Adapters that
 * take more or fewer microtasks for the same call are then interleaved alike.
 */
export function inTurns(inner: Persistence, turn: Turn): Persistence {
  const gated =
    <A extends unknown[], R>(method: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await turn({ method, side: "call" });
      const answer = await call(...args).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      await turn({ method, side: "answer" });
      if ("error" in answer) throw answer.error;
      return answer.value;
    };
  const { query } = inner;
  return {
    ...inner,
    query: {
      get: gated("get", query.get) as typeof query.get,
      find: gated("find", query.find) as typeof query.find,
      count: gated("count", query.count) as typeof query.count,
    },
    load: gated("load", inner.load),
    commit: gated("commit", inner.commit),
    commitMany: gated("commitMany", inner.commitMany),
    claim: gated("claim", inner.claim),
    memoPage: gated("memoPage", inner.memoPage),
    heartbeat: gated("heartbeat", inner.heartbeat),
    sweep: gated("sweep", inner.sweep),
  };
}
