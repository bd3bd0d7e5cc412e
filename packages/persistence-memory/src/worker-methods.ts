import type { Persistence } from "@pawl/kernel/ports";
import type { Handle } from "./handle.ts";
import { beatSession } from "./heartbeat.ts";
import { ackDispatchRows, ackIntentRows } from "./take.ts";

/** Calls by which a session takes work and says that it lives. */
export const sessionMethods = ({
  parts,
  tables,
  calls,
  now,
}: Handle): Pick<Persistence, "claim" | "heartbeat"> => ({
  claim: (request) =>
    calls.make({
      method: "claim",
      tick: () => parts.ticks.claim(parts.claim, tables, { request, dbNow: now() }),
      refusal: () => [],
    }),
  heartbeat: (session, beat) =>
    calls.make({
      method: "heartbeat",
      tick: () => beatSession(parts.heartbeat, tables, { session, beat, dbNow: now() }),
    }),
});

/** Calls that hand on what commits left to be done. */
export const queueMethods = ({
  parts,
  tables,
  calls,
  now,
}: Handle): Pick<Persistence, "takeIntents" | "ackIntents" | "takeDispatch" | "ackDispatch"> => ({
  takeIntents: (request) =>
    calls.make({
      method: "takeIntents",
      tick: () => parts.ticks.take(parts.take, tables, { table: "intents", request, dbNow: now() }),
      refusal: () => [],
    }),
  ackIntents: (ids) => calls.make({ method: "ackIntents", tick: () => ackIntentRows(tables, ids) }),
  takeDispatch: (request) =>
    calls.make({
      method: "takeDispatch",
      tick: () =>
        parts.ticks.take(parts.take, tables, { table: "dispatch", request, dbNow: now() }),
      refusal: () => [],
    }),
  ackDispatch: (acks) =>
    calls.make({ method: "ackDispatch", tick: () => ackDispatchRows(parts.take, tables, acks) }),
});
