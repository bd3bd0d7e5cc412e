import { describe, expect, it } from "vitest";
import { BlobReferences } from "../src/checks/blob-references.ts";
import { Bodies, type BodyStart } from "../src/checks/bodies.ts";
import { Deliveries } from "../src/checks/deliveries.ts";
import { Leases, runUnderNobody } from "../src/checks/leases.ts";
import { Sightings } from "../src/checks/sightings.ts";
import type { PortCall } from "../src/process/port-call.ts";
import type { VirtualProcess } from "../src/process/virtual-process.ts";

describe("sightings (I17)", () => {
  const seen = (...lists: readonly (readonly string[])[]) => {
    const sightings = new Sightings();
    for (const list of lists) {
      const sight = sightings.begin("run/stage");
      for (const text of list) {
        const durable = !text.endsWith("?");
        sight.push({ text, durable, askedAt: sight.length });
      }
    }
    return sightings.check();
  };

  it.each([
    [
      "one that goes on where another was cut off",
      [
        ["a", "b"],
        ["a", "b", "c"],
      ],
    ],
    ["one that saw nothing", [[], ["a"]]],
    [
      "what a crash undid before anything followed from it",
      [
        ["a", "b?"],
        ["a", "c"],
      ],
    ],
  ])("allow %s", (_, lists) => {
    expect(seen(...lists)).toEqual([]);
  });

  it.each([
    [
      "another value",
      [
        ["a", "b"],
        ["a", "x", "c"],
      ],
    ],
    [
      "another order",
      [
        ["a", "b"],
        ["b", "a"],
      ],
    ],
    [
      "something else after what was stored with what follows",
      [
        ["b?", "c"],
        ["c", "b?"],
      ],
    ],
  ])("refuse %s", (_, lists) => {
    expect(seen(...lists)).toMatchObject([["I17", expect.any(String)]]);
  });
});

describe("bodies (I18, I19, I33)", () => {
  const process = (excused: boolean) =>
    ({ name: "p0", isExcused: () => excused }) as unknown as VirtualProcess;
  const start = (more: Partial<BodyStart> = {}): BodyStart => ({
    process: process(false),
    key: "run/stage/0/0/a#0",
    at: 1,
    attempt: 1,
    stageAttempt: 1,
    atMostOnce: false,
    recorded: false,
    fence: 1,
    wasLost: () => false,
    toldHeld: false,
    ...more,
  });
  const complaints = (...starts: readonly BodyStart[]) => {
    const bodies = new Bodies();
    return starts.flatMap((one) => bodies.start(one)).map(([invariant]) => invariant);
  };

  it.each([
    ["a first one", [start()]],
    ["a retry", [start(), start({ attempt: 2 })]],
    ["one in the next attempt of the stage", [start(), start({ stageAttempt: 2 })]],
    ["one after something befell the first", [start({ process: process(true) }), start()]],
    ["one after the fence was lost", [start(), start({ wasLost: (fence) => fence === 1 })]],
  ])("allow %s", (_, starts) => {
    expect(complaints(...starts)).toEqual([]);
  });

  it.each([
    ["a second one for no reason", [start(), start()], ["I18"]],
    ["one whose record is stored", [start({ recorded: true })], ["I18"]],
    ["one in a stage known to be held", [start({ toldHeld: true })], ["I33"]],
    [
      "a second one that may run at most once, whatever befell the first",
      [
        start({ atMostOnce: true, process: process(true) }),
        start({ atMostOnce: true, process: process(true) }),
      ],
      ["I19"],
    ],
  ])("refuse %s", (_, starts, expected) => {
    expect(complaints(...starts)).toEqual(expected);
  });
});

const planOf = (...writes: readonly object[]) =>
  ({ commitId: "c", guards: [], writes, events: [], intents: [], dispatch: [] }) as never;

describe("leases (I7, I11, I14)", () => {
  const stage = { runId: "run", stageId: "s", mapIndex: 0, generation: 0, session: "dead" };
  const reap = planOf({ op: "insert", table: "attempts", row: { ...stage, outcome: "lost" } });
  const beaten = (leases: Leases, dbNow: number): void => {
    const call = { beat: { session: "dead", ttlMs: 100 } } as unknown as PortCall;
    leases.renewed(call, { alive: true, draining: false, owned: [], expiresAt: 0, dbNow });
  };

  it("allow taking a stage when its lease has run out, and no sooner", () => {
    const leases = new Leases();
    beaten(leases, 1_000);
    expect(leases.applied({ plan: reap, dbNow: 1_099 })).toMatchObject([
      ["I11", expect.stringContaining("1 ms before")],
    ]);
    expect(leases.applied({ plan: reap, dbNow: 1_100 })).toEqual([]);
  });

  it("know a session that was declared dead", () => {
    const leases = new Leases();
    beaten(leases, 1_000);
    const key = { id: "dead" };
    const expire = { op: "update", table: "workers", key, set: { expiresAt: { dbNow: 0 } } };
    leases.applied({ plan: planOf(expire), dbNow: 1_010 });
    expect(leases.applied({ plan: reap, dbNow: 1_010 })).toEqual([]);
  });

  it("refuse what runs under a session that is gone", () => {
    const leases = new Leases();
    const running = { ...stage, status: "running" } as never;
    const others = [
      { ...stage, status: "ready" },
      { ...stage, session: "other", status: "running" },
    ] as never[];
    expect(runUnderNobody([running], leases.gone)).toEqual([]);
    const end = { op: "update", table: "workers", key: { id: "dead" }, set: { status: "gone" } };
    leases.applied({ plan: planOf(end), dbNow: 1_010 });
    expect(runUnderNobody([running, ...others], leases.gone)).toMatchObject([
      ["I7", expect.stringContaining("run/s")],
    ]);
  });

  it("refuse a suspect beside another stage of its session", () => {
    const row = { ...stage, suspect: true, status: "running" } as never;
    const other = { ...stage, stageId: "t", status: "running" } as never;
    const claimed = [{ stage: row }] as never;
    expect(new Leases().claimed(claimed, [row])).toEqual([]);
    expect(new Leases().claimed(claimed, [row, other])).toMatchObject([["I14", expect.anything()]]);
  });
});

describe("blob references (I30)", () => {
  const output = `b${JSON.stringify({ hash: "h", size: 1 })}`;
  const record = { op: "insert", table: "steps", row: { runId: "run", output } };
  const reference = { op: "insert", table: "blobRefs", row: { runId: "run", hash: "h" } };

  it("are stored with what refers to the blob, or before", () => {
    const blobs = new BlobReferences();
    expect(blobs.applied(planOf(record))).toMatchObject([["I30", expect.anything()]]);
    expect(blobs.applied(planOf(record, reference))).toEqual([]);
    expect(blobs.applied(planOf(record))).toEqual([]);
  });
});

describe("deliveries", () => {
  const event = (rev: number, commitId = "c") =>
    ({ runId: "run", rev, type: "run.created", commitId }) as never;
  const runs = new Map([
    ["run", { runs: [{ status: "completed", sinkRev: 2, rev: 2 }], events: [event(1), event(2)] }],
  ]) as never;

  it("allow every event in order, and again", () => {
    const deliveries = new Deliveries(runs);
    expect([event(1), event(1), event(2)].flatMap((one) => deliveries.take(one))).toEqual([]);
    expect(deliveries.check()).toEqual([]);
  });

  it("refuse a gap, an event that is not stored, and an end that never came", () => {
    expect(new Deliveries(runs).take(event(2))).toEqual(["run run: rev 2 came after 0"]);
    expect(new Deliveries(runs).take(event(1, "other"))).toHaveLength(1);
    expect(new Deliveries(runs).check()).toEqual(["run run: 0 of 2 events came"]);
  });
});
