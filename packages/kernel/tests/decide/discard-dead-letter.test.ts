import type { StageFacts } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { decideDiscardDeadLetter } from "../../src/decide/discard-dead-letter.ts";
import { SETTLED } from "../../src/decide/draft.ts";
import type { DeadLetterRow } from "../../src/state/records.ts";
import { keyOf, planOf, snapshotOf, stageRow, writesOf } from "../support/rows.ts";

const BY = { commitId: "c", actor: "ada", reason: "why" };

const letter: DeadLetterRow = {
  id: "l",
  namespace: "n",
  kind: "stage",
  version: 6,
  ...keyOf("a"),
  rev: null,
  reason: "failed",
  failure: null,
  body: null,
  createdAt: 0,
  resolvedAt: null,
  resolution: null,
  actor: null,
};

const discard = (
  run: Parameters<typeof snapshotOf>[0],
  stages: readonly StageFacts[],
  of: Partial<DeadLetterRow> = {},
) => decideDiscardDeadLetter(snapshotOf(run, stages), { ...letter, ...of }, BY);

const quarantined = stageRow("a", "ready", { held: true, holdReason: "quarantined" });
const paused = stageRow("a", "ready", { held: true, holdReason: "paused" });

it.each<[string, ...Parameters<typeof discard>]>([
  ["a failed stage", {}, [stageRow("a", "failed")]],
  ["a stage that is gone", {}, []],
  ["a held stage of an ended run", { status: "cancelled" }, [quarantined]],
  ["a stage that is held with its paused run", { status: "paused" }, [paused]],
])("the letter of %s is marked as dealt with, and nothing else changes", (_, run, stages) => {
  const plan = planOf(discard(run, stages));
  expect(plan.guards).toEqual([
    { kind: "version", row: { table: "deadLetters", key: { id: "l" } }, version: 6 },
  ]);
  expect(writesOf(plan)).toEqual(["update deadLetters l", "insert audit c"]);
  expect(plan.events).toEqual([]);
});

it.each(["running", "paused"] as const)("the handle of a held stage stays: run %s", (status) => {
  expect(discard({ status }, [quarantined])).toEqual({
    rejected: "state",
    message: expect.stringContaining("deadletter.replay"),
  });
});

it("a letter that was dealt with stays so", () => {
  expect(discard({}, [quarantined], { resolvedAt: 5 })).toBe(SETTLED);
});
