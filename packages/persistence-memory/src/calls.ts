import type { CommitPlan } from "@pawl/kernel/ports";
import { type Fault, type Faults, unavailable } from "./faults.ts";

/** A call on its way: what it does in its tick, and how it is refused without doing it. */
export interface Call<R> {
  readonly method: string;
  readonly tick: () => R | Promise<R>;
  readonly plan?: CommitPlan;
  /** Answer when told to be busy or stale; calls without one go through. */
  readonly refusal?: (fault: "busy" | "stale") => R;
}

export interface Calls {
  readonly make: <R>(call: Call<R>) => Promise<R>;
  readonly close: () => void;
}

/**
 * Lets others run before and after every call, so that interleavings show, and makes a call
 * suffer what `faults` says of it.
 */
export function callsWith(faults: Faults | undefined): Calls {
  let closed = false;
  return {
    make: async <R>(call: Call<R>): Promise<R> => {
      await null;
      if (closed) throw unavailable(call.method, "it was closed");
      const { method, plan } = call;
      const fault = faults?.(plan ? { method, plan } : { method });
      const answer = await suffer(call, fault);
      await null;
      return answer;
    },
    close: () => {
      closed = true;
    },
  };
}

async function suffer<R>(call: Call<R>, fault: Fault | undefined): Promise<R> {
  switch (fault) {
    case "unavailable":
      throw unavailable(call.method, "it can't be reached");
    case "ambiguousLost":
      throw unavailable(call.method, "the request was lost");
    case "ambiguousApplied":
      await call.tick();
      throw unavailable(call.method, "its answer was lost");
    case "busy":
    case "stale":
      return call.refusal ? call.refusal(fault) : call.tick();
    default:
      return call.tick();
  }
}
