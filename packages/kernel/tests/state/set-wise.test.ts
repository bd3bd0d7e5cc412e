import {
  type CommitPlan,
  checkSetWise,
  type Guard,
  type StageKey,
  type Write,
} from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";

const key = (stageId: string, runId = "r"): StageKey => ({
  runId,
  stageId,
  mapIndex: 0,
  generation: 0,
});

const STRICT: Guard = { kind: "rev", runId: "r", rev: 1 };
const stages = (except: readonly StageKey[] = []): Write => ({
  op: "updateStages",
  runId: "r",
  where: {},
  except,
  set: { held: true },
});
const waits = (except: readonly StageKey[] = []): Write => ({
  op: "closeWaits",
  runId: "r",
  except,
});
const stage = (stageId: string, runId = "r"): Write => ({
  op: "update",
  table: "stages",
  key: key(stageId, runId),
  set: { losses: 1 },
});
const wait = (stageId: string): Write => ({
  op: "update",
  table: "waits",
  key: { ...key(stageId), key: "k", occurrence: 0 },
  set: { outcome: "fired" },
});

const check = (writes: readonly Write[], guards: readonly Guard[] = [STRICT]) => {
  const plan: CommitPlan = {
    commitId: "c",
    guards,
    writes,
    events: [],
    intents: [],
    dispatch: [],
  };
  return () => checkSetWise(plan);
};

describe("a plan with set-wise writes", () => {
  it("stands beside rows by key that it leaves out, other runs and other tables", () => {
    const both = [stages([key("a")]), waits([key("a")])];
    for (const writes of [
      [...both, stage("a"), wait("a")],
      [stage("a"), wait("a"), ...both],
      [...both, stage("b", "other")],
      [stages(), wait("b")],
      [waits(), stage("b")],
      [stage("a"), wait("b")],
    ]) {
      expect(check(writes)).not.toThrow();
    }
    expect(check([stage("a")], [])).not.toThrow();
  });

  it.each<[string, readonly Write[], RegExp]>([
    ["a row it could meet", [stages(), stage("a")], /updateStages of run r.*"except"/],
    ["a row that is not the one it leaves out", [stages([key("a")]), stage("b")], /"except"/],
    ["a wait it could meet", [waits(), wait("a")], /closeWaits of run r.*"except"/],
    ["another of its kind", [stages(), stages()], /updateStages twice/],
    ["two closings", [waits(), waits([key("a")])], /closeWaits twice/],
    [
      "all rows deleted",
      [stages([key("a")]), { op: "delete", table: "stages", key: { runId: "r" } }],
      /"except"/,
    ],
  ])("is refused beside %s", (_, writes, message) => {
    expect(check(writes)).toThrow(
      expect.objectContaining({
        code: "E_ARGUMENT_INVALID",
        message: expect.stringMatching(message),
      }),
    );
  });

  it.each<[string, readonly Guard[]]>([
    ["no guard", []],
    ["a commuting guard", [{ kind: "live", runId: "r" }]],
    ["the rev of another run", [{ kind: "rev", runId: "other", rev: 1 }]],
  ])("is refused under %s", (_, guards) => {
    const refused = expect.objectContaining({ message: expect.stringContaining('guard "rev"') });
    expect(check([stages()], guards)).toThrow(refused);
    expect(check([waits()], guards)).toThrow(refused);
  });

  it("is refused when it sets what differs from row to row", () => {
    for (const column of ["fence", "runId", "stageId", "mapIndex", "generation"]) {
      const set = { [column]: 1 } as never;
      const write: Write = { op: "updateStages", runId: "r", where: {}, set };
      expect(check([write])).toThrow(expect.objectContaining({ code: "E_ARGUMENT_INVALID" }));
    }
  });
});
