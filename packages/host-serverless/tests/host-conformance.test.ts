import { type HostSubject, hostConformance } from "@pawl/conformance";
import type { AnyWorkflow } from "@pawl/kernel";
import { afterEach, describe, expect, it } from "vitest";
import { createServerlessHost } from "../src/index.ts";
import { callFunctions } from "./functions.ts";
import { endOf, newPlace, undoing } from "./place.ts";

const undo = undoing();
afterEach(() => undo.all());

/** Handlers for Lambda on a database of their own, called by a queue and a schedule. */
async function create(workflows: readonly AnyWorkflow[]): Promise<HostSubject> {
  const place = await newPlace(workflows, undo);
  const open = async () => {
    const { parts: given } = await place.open();
    const host = createServerlessHost({ ...given, workerId: "fn", leaseTtlMs: 3_000 });
    return { ...given, host };
  };
  let parts = await open();
  let functions = callFunctions(parts);
  return {
    get kernel() {
      return parts.kernel;
    },
    async start(workflowId, input, options) {
      const command = { type: "run.create", workflowId, input, ...options } as const;
      return (await parts.kernel.dispatch(command)).workflowRunId;
    },
    result: (runId) => endOf(parts.kernel, runId),
    // The old process lives on as one that froze: declared dead, and told by nobody.
    async restart() {
      const { sessionId } = parts.host.getStats();
      void functions.stop();
      parts = await open();
      const dead = sessionId === undefined ? [] : [sessionId];
      await parts.kernel.dispatch({ type: "lease.reapStale", dead });
      functions = callFunctions(parts);
    },
    async stop() {
      const stopped = functions.stop();
      await parts.host.close();
      await stopped;
    },
  };
}

const name = "Lambda handlers on SQLite and a queue";
hostConformance({ describe, it, expect }, { name, create });
