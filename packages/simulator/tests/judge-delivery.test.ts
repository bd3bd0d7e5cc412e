import { expect, it } from "vitest";
import { type Judged, judgeDelivery, shapesOf } from "./delivery/judge-delivery.ts";

const STAGE = { runId: "r", stageId: "main", mapIndex: 0, generation: 0 };
const RECORD = { ...STAGE, key: "a", occurrence: 0, status: "completed", seq: 1, fence: 1 };

/** Rows of one run that has ended, as far as they are looked at. */
const judged = (change: object = {}, bodies = ["main/a 1"]): Judged => {
  const rows = {
    runs: [],
    events: [],
    waits: [],
    dispatch: [],
    attempts: [],
    slots: [],
    definitions: [],
    stages: [],
    steps: [],
    ...change,
  };
  const given = { rows, bodies: new Map([["r", bodies]]) } as unknown as Judged;
  return { ...given, expected: new Map() };
};
const sound = { runs: [{ id: "r", status: "completed" }], steps: [RECORD] };
const shapeOf = ({ rows, bodies }: Judged) => shapesOf(rows, bodies).get("r");

it.each([
  ["a body that was entered twice", judged(sound, ["main/a 1", "main/a 1"])],
  ["a body that was entered by another attempt", judged(sound, ["main/a 2"])],
  ["a record that is there twice", judged({ ...sound, steps: [RECORD, RECORD] })],
  ["a record that is missing", judged({ ...sound, steps: [] })],
  ["another end", judged({ ...sound, runs: [{ id: "r", status: "failed" }] })],
])("a run is seen to differ by %s", (_what, other) => {
  expect(shapeOf(other)).not.toBe(shapeOf(judged(sound)));
});

it("says which runs are lost or not asked for, and which rows are left", () => {
  const expected = new Map([["lost", "completed"]]);
  const rows = { dispatch: [STAGE], waits: [{ ...STAGE, key: "nap", outcome: null }] };
  const says = judgeDelivery({ ...judged(rows), expected });
  expect(says.map((line) => line.split("\n")[0])).toEqual([
    "run lost is",
    "a dispatch row is left of r/main/0/0",
    "a wait is open in r/main/0/0",
  ]);
  const stranger = judgeDelivery(judged({ runs: [{ id: "r", status: "pending", rev: 0 }] }));
  expect(stranger).toContain("nobody asked for r");
});
