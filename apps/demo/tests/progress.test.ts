import type { StageFacts, StepRow, WorkerRow } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { expectedSteps, progressOf } from "../src/session/progress.ts";

const stage = (stageId: string, given: Partial<StageFacts>): StageFacts =>
  ({ stageId, status: "running", fence: 1, session: null, ...given }) as StageFacts;
const record = (stageId: string, key: string, fence = 1): StepRow =>
  ({ stageId, key, fence }) as StepRow;
const session = (id: string, pid: number): WorkerRow => ({ id, pid }) as WorkerRow;
const joined = (pid: number) => ({ did: "joined", pid, at: 0, step: "" }) as const;

it("nine documents are dealt out to eight parts, five steps each", () => {
  const expected = expectedSteps(9);
  expect(expected.get("analyse-1")).toBe(10);
  expect(expected.get("analyse-8")).toBe(5);
  expect([...expected.values()].reduce((sum, steps) => sum + steps)).toBe(45 + 6);
});

it("tells what is done, what runs, who has it, and what a worker found done by another", () => {
  const step = "run-1/analyse-1/0/0/b.md words#0";
  const state = progressOf({
    runId: "run-1",
    elapsedMs: 7,
    expected: expectedSteps(16),
    stages: [
      stage("collect", { status: "completed" }),
      stage("analyse-1", { fence: 2, session: "new" }),
      stage("analyse-2", { fence: 2, session: "new" }),
      stage("analyse-3", { session: "old" }),
    ],
    steps: [record("collect", "collect"), record("analyse-1", "a.md words")],
    journal: [
      joined(1),
      { did: "entered", pid: 1, at: 1, step },
      joined(2),
      { did: "entered", pid: 2, at: 2, step },
    ],
    workers: [
      { pid: 1, alive: false },
      { pid: 2, alive: true },
      { pid: 3, alive: true },
    ],
    sessions: [session("old", 1), session("new", 2)],
    note: undefined,
  });
  expect(state.stages.slice(0, 2)).toEqual([
    { id: "collect", status: "completed", done: 1, total: 1, running: 0 },
    { id: "analyse-1", status: "running", done: 1, total: 10, running: 1 },
  ]);
  expect(state.stages.at(-1)).toMatchObject({ id: "report", status: "blocked", total: 3 });
  expect(state).toMatchObject({ stepsRecorded: 2, stepsReplayed: 1 });
  expect(state.workers.map(({ current }) => current)).toEqual([
    "analyse-3",
    "analyse-1, analyse-2",
    "starting",
  ]);
});

it("a document that could not be read leaves no stage short of its end", () => {
  const [, part] = progressOf({
    runId: "run-1",
    elapsedMs: 0,
    expected: expectedSteps(1),
    stages: [stage("analyse-1", { status: "completed" })],
    steps: [record("analyse-1", "a.md extract")],
    journal: [],
    workers: [],
    sessions: [],
    note: undefined,
  }).stages;
  expect(part).toMatchObject({ done: 1, total: 1 });
});
