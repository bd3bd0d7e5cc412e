import { describe, expect, it } from "vitest";
import { decideDelivered, decideUndeliverable } from "../../src/decide/flush-outbox.ts";
import type { EventRow } from "../../src/state/event.ts";
import { keyOf } from "../support/rows.ts";
import { checkPlan } from "../support/walk.ts";

const FAILURE = { name: "Error", message: "refused" };
const moved = { op: "update", table: "runs", key: { id: "r" } };

describe("delivering events", () => {
  it("moves the run's cursor, and a second time from the same position is the same commit", () => {
    const plan = decideDelivered({ runId: "r", from: 2, to: 5 });
    expect(plan.writes).toEqual([{ ...moved, set: { sinkRev: 5 } }]);
    expect(plan.events).toEqual([]);
    const other = decideDelivered({ runId: "r", from: 2, to: 9 });
    expect(other.commitId).toBe(plan.commitId);
    expect(decideDelivered({ runId: "r", from: 5, to: 9 }).commitId).not.toBe(plan.commitId);
    expect(decideDelivered({ runId: "q", from: 2, to: 5 }).commitId).not.toBe(plan.commitId);
  });

  it("passes over one that the sink refuses and leaves it to an operator", () => {
    const event: EventRow = {
      ...keyOf("a"),
      rev: 3,
      type: "stage.completed",
      at: 0,
      data: {},
      actor: null,
      commitId: "c",
    };
    const letter = { from: 2, namespace: "n", deadLetterId: "l", failure: FAILURE };
    const plan = decideUndeliverable(event, letter);
    checkPlan(plan);
    expect(plan.commitId).toBe(decideDelivered({ runId: "r", from: 2, to: 3 }).commitId);
    expect(plan.writes).toMatchObject([
      { ...moved, set: { sinkRev: 3 } },
      {
        op: "insert",
        table: "deadLetters",
        row: {
          ...keyOf("a"),
          id: "l",
          namespace: "n",
          kind: "event",
          version: 1,
          rev: 3,
          reason: "undeliverable",
          failure: FAILURE,
          resolvedAt: null,
        },
      },
    ]);
  });
});
