import { CorruptRowError, foldEvents } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { type FoldedEvent, type LedgerEdge, ledgerOf } from "../../src/state/fold.ts";
import { keyOf, runRow, stageRow } from "../support/rows.ts";

const ofRun = (type: FoldedEvent["type"], data: FoldedEvent["data"] = {}): FoldedEvent => ({
  runId: "r",
  type,
  stageId: null,
  mapIndex: null,
  generation: null,
  data,
});

const ofStage = (
  type: FoldedEvent["type"],
  stageId: string,
  data: FoldedEvent["data"] = {},
): FoldedEvent => ({ ...ofRun(type, data), ...keyOf(stageId) });

const created = ofRun("run.created", { status: "running", opens: ["a", "b"], blocks: ["j"] });
const FAILURE = { name: "Error", message: "boom" };

/** What the events make of a run, stages by id: `phase` and, when held, why. */
function told(...events: readonly FoldedEvent[]): Record<string, unknown> {
  const ledger = foldEvents(events);
  if (!ledger) throw new Error("no run");
  const { stages, ...run } = ledger;
  const byId = [...stages].map(([key, { phase, held, holdReason }]) => [
    key.split("/")[1],
    held ? `${phase} ${holdReason}` : phase,
  ]);
  return { ...run, ...Object.fromEntries(byId) };
}

describe("folding a run's events [14]", () => {
  it("before the first there is no run", () => {
    expect(foldEvents([])).toBeUndefined();
  });

  it("a run begins with its roots open and its joins blocked", () => {
    expect(told(created)).toEqual({
      status: "running",
      outcome: null,
      reopenCount: 0,
      failure: null,
      a: "open",
      b: "open",
      j: "blocked",
    });
  });

  it("a pending run has nothing open until it is started", () => {
    const pending = ofRun("run.created", { status: "pending", opens: [], blocks: ["a", "j"] });
    expect(told(pending)).toMatchObject({ status: "pending", a: "blocked" });
    const started = told(pending, ofRun("run.started", { opens: ["a"] }));
    expect(started).toMatchObject({ status: "running", a: "open", j: "blocked" });
  });

  it("a stage's end opens and skips what follows", () => {
    const end = ofStage("stage.completed", "a", { opens: ["c", "j"], skips: ["d"] });
    expect(told(created, end)).toMatchObject({
      a: "completed",
      c: "open",
      j: "open",
      d: "skipped",
    });
    const failed = ofStage("stage.failed", "b", { opens: [], skips: ["e"], failure: FAILURE });
    expect(told(created, failed)).toMatchObject({ b: "failed", e: "skipped", failure: null });
    const released = ofRun("stage.released", { opens: ["j"], skips: ["f"] });
    expect(told(created, released)).toMatchObject({ j: "open", f: "skipped" });
  });

  it("a stage may be skipped or cancelled by an event of its own", () => {
    const events = [created, ofStage("stage.skipped", "a"), ofStage("stage.cancelled", "b")];
    expect(told(...events)).toMatchObject({ a: "skipped", b: "cancelled" });
  });

  it("attempts, waits and signals leave the ledger's columns as they are", () => {
    const quiet = [
      ofStage("stage.attemptFailed", "a", { attempt: 1, failure: FAILURE, retryInMs: 5 }),
      ofStage("stage.waitsOpened", "a", { waits: [] }),
      ofStage("stage.suspended", "a", { waits: [] }),
      ofRun("signal.accepted"),
      ofRun("child.ended"),
      ofRun("state.set"),
    ];
    expect(told(created, ...quiet)).toEqual(told(created));
  });

  it("a pause holds what has not ended, and what opens meanwhile; a resume frees just that", () => {
    const paused = [
      created,
      ofStage("stage.held", "a", { reason: "inDoubt" }),
      ofRun("run.paused"),
      ofStage("stage.completed", "b", { opens: ["c", "j"] }),
    ];
    expect(told(...paused)).toMatchObject({
      status: "paused",
      a: "open inDoubt",
      b: "completed",
      c: "open paused",
      j: "open paused",
    });
    expect(told(...paused, ofRun("run.resumed"))).toMatchObject({
      status: "running",
      a: "open inDoubt",
      c: "open",
      j: "open",
    });
  });

  it("a stage held in a paused run stays held when the run goes on, until it is retried", () => {
    const events = [
      created,
      ofRun("run.paused"),
      ofStage("stage.held", "a", { reason: "quarantined" }),
      ofRun("run.resumed"),
    ];
    expect(told(...events)).toMatchObject({ a: "open quarantined", b: "open" });
    expect(told(...events, ofStage("stage.retried", "a"))).toMatchObject({ a: "open" });
  });

  it.each(["completed", "failed", "cancelled"] as const)(
    "run.%s ends everything that has not ended",
    (outcome) => {
      const data = outcome === "failed" ? { failure: FAILURE } : {};
      const end = ofRun(`run.${outcome}`, data);
      expect(told(created, ofStage("stage.completed", "a", { opens: [] }), end)).toEqual({
        status: outcome,
        outcome,
        reopenCount: 0,
        failure: outcome === "failed" ? FAILURE : null,
        a: "completed",
        b: "cancelled",
        j: "cancelled",
      });
    },
  );

  it("a reopened run forgets its end and takes up what was cancelled, joins blocked", () => {
    const events = [
      created,
      ofStage("stage.failed", "a", { opens: [], failure: FAILURE }),
      ofRun("run.failed", { failure: FAILURE }),
      ofRun("run.reopened", { blocks: [["j", 0, 0]] }),
      ofStage("stage.retried", "a"),
    ];
    expect(told(...events)).toEqual({
      status: "running",
      outcome: null,
      reopenCount: 1,
      failure: null,
      a: "open",
      b: "open",
      j: "blocked",
    });
  });

  it("a retried stage takes what was skipped because of it back to waiting", () => {
    const events = [
      created,
      ofStage("stage.failed", "a", { opens: [], skips: ["c"], failure: FAILURE }),
      ofStage("stage.retried", "a", { blocks: [["c", 0, 0]] }),
    ];
    expect(told(...events)).toMatchObject({ a: "open", c: "blocked" });
  });

  it("stages of later generations and of map items are told apart", () => {
    const item = { ...ofStage("stage.completed", "a"), mapIndex: 3 };
    const again = { ...ofStage("stage.held", "a", { reason: "inDoubt" }), generation: 1 };
    const stages = foldEvents([created, item, again])?.stages;
    expect([...(stages?.keys() ?? [])]).toEqual([
      "r/a/0/0",
      "r/b/0/0",
      "r/j/0/0",
      "r/a/3/0",
      "r/a/0/1",
    ]);
  });

  it("names every change of phase on the way", () => {
    const edges: LedgerEdge[] = [];
    foldEvents(
      [created, ofStage("stage.completed", "a", { opens: ["j"] }), ofRun("run.cancelled")],
      (edge) => edges.push(edge),
    );
    const names = edges.map((edge) => {
      const who = edge.of === "run" ? "run" : edge.stage;
      return `${who}: ${edge.from ?? "–"} → ${edge.to}`;
    });
    expect(names).toEqual([
      "run: – → running",
      "r/a/0/0: – → open",
      "r/b/0/0: – → open",
      "r/j/0/0: – → blocked",
      "r/a/0/0: open → completed",
      "r/j/0/0: blocked → open",
      "run: running → cancelled",
      "r/b/0/0: open → cancelled",
      "r/j/0/0: open → cancelled",
    ]);
  });

  it.each(["run.exploded", "constructor", "__proto__"])(
    "an event of type %s, unknown here, is a typed error and never passed over",
    (type) => {
      expect(() => foldEvents([created, ofRun(type as never)])).toThrow(CorruptRowError);
    },
  );
});

describe("the same columns of stored rows", () => {
  it("ready, running and suspended are one phase, all others are themselves", () => {
    const rows = (
      [
        "ready",
        "running",
        "suspended",
        "blocked",
        "completed",
        "failed",
        "skipped",
        "cancelled",
      ] as const
    ).map((status) => stageRow(status, status));
    const { stages } = ledgerOf(runRow(), rows);
    expect([...stages.values()].map(({ phase }) => phase)).toEqual([
      "open",
      "open",
      "open",
      "blocked",
      "completed",
      "failed",
      "skipped",
      "cancelled",
    ]);
  });
});
