import type { ClaimRequest, Row, RunRow, StageRow } from "@pawl/kernel/ports";
import { stageKeyText } from "@pawl/kernel/ports";
import { type Bench, type Cases, only } from "./bench.ts";
import { claimOf } from "./claim-requests.ts";
import { insert, stageKey } from "./plans.ts";
import { rowOf } from "./rows.ts";

const worker = insert("workers");
const run = insert("runs");

const names = (claimed: readonly { readonly stage: StageRow }[]): readonly string[] =>
  claimed.map(({ stage }) => `${stage.runId}/${stage.stageId}/${stage.mapIndex}`);

/** A claim that must find nothing and change nothing. */
async function claimsNothing(bench: Bench, part: Partial<ClaimRequest> = {}): Promise<void> {
  const before = await bench.everything();
  bench.expect(await claimOf(bench, part), JSON.stringify(part)).toEqual([]);
  bench.expect(await bench.everything()).toEqual(before);
}

/** CLAIM-1, -2 and -4 to -10, without what concerns waits. */
export const claimCases: Cases = (suite) => {
  takenRows(suite);
  order(suite);
  scope(suite);
  dueness(suite);
  neverClaimed(suite);
  suspects(suite);
  passedOver(suite);
  sessions(suite);
  facts(suite);
};

const takenRows: Cases = ({ prove }) => {
  prove("CLAIM-1 what is claimed is not claimed again", async (bench) => {
    await bench.put(worker, run, insert("stages"), insert("stages", { mapIndex: 1 }));
    const first = await claimOf(bench, { limit: 1 });
    const second = await claimOf(bench, { limit: 9 });
    bench.expect(names(first)).toEqual(["run/stage/0"]);
    bench.expect(names(second)).toEqual(["run/stage/1"]);
    await claimsNothing(bench);
  });
  prove("CLAIM-2 fence, session, start and wake are set, the rest stays", async (bench) => {
    const stage: Partial<StageRow> = {
      fence: 6,
      attempt: 3,
      losses: 2,
      session: "old",
      sessionEpoch: 9,
      input: "i2",
      progress: "i3",
      claimRank: 5,
      nondurable: true,
    };
    await bench.put(insert("workers", { epoch: 4 }), run, insert("stages", stage));
    const session = { id: "session", epoch: 4 };
    const claimed = only(await claimOf(bench, { session }));
    const after = rowOf("stages", {
      ...stage,
      status: "running",
      fence: 7,
      session: "session",
      sessionEpoch: 4,
      startedAt: bench.clock.now(),
    });
    bench.expect(claimed.stage).toEqual(after);
    bench.expect(await bench.row("stages", stageKey())).toEqual(after);
    bench.expect(claimed.session).toEqual(session);
    bench.expect(claimed.dbNow).toBe(bench.clock.now());
  });
  prove("CLAIM-2 the first claim of a generation stays its start", async (bench) => {
    const stage = { status: "suspended", wakeAt: 2_000, startedAt: 1_500 } as const;
    await bench.put(worker, run, insert("stages", stage));
    const claimed = only(await claimOf(bench));
    bench.expect(claimed.stage).toMatchObject({ startedAt: 1_500, wakeAt: null, fence: 1 });
    bench.expect(await bench.row("stages", stageKey())).toEqual(claimed.stage);
  });
  prove("CLAIM-2 a claim writes no event and leaves the run's rev", async (bench) => {
    await bench.put(worker, insert("runs", { rev: 3, inbox: 1 }), insert("stages"));
    await claimOf(bench);
    bench.expect(await bench.row("runs", { id: "run" })).toMatchObject({ rev: 3, inbox: 1 });
    bench.expect(await bench.rows("events")).toEqual([]);
  });
};

const order: Cases = ({ prove }) => {
  const stages = [
    { runId: "a", stageId: "s", mapIndex: 10, claimRank: 7 },
    { runId: "a", stageId: "s", mapIndex: 9, claimRank: 7 },
    { runId: "b", stageId: "a", mapIndex: 0, claimRank: 7 },
    { runId: "a", stageId: "t", mapIndex: 0, claimRank: 7 },
    { runId: "b", stageId: "z", mapIndex: 0, claimRank: -5 },
    { runId: "a", stageId: "a", mapIndex: 0, claimRank: 2_000 },
  ];
  const inOrder = ["b/z/0", "a/s/9", "a/s/10", "a/t/0", "b/a/0", "a/a/0"];
  const put = (bench: Bench): Promise<void> =>
    bench.put(
      worker,
      ...["a", "b"].map((id) => insert("runs", { id })),
      ...stages.map((stage) => insert("stages", stage)),
    );
  prove("CLAIM-4 by rank, then run, stage, map index", async (bench) => {
    await put(bench);
    bench.expect(names(await claimOf(bench, { limit: 100 }))).toEqual(inOrder);
  });
  prove("CLAIM-4 a limit takes the first of that order", async (bench) => {
    await put(bench);
    bench.expect(names(await claimOf(bench, { limit: 2 }))).toEqual(inOrder.slice(0, 2));
    bench.expect(names(await claimOf(bench, { limit: 1 }))).toEqual(inOrder.slice(2, 3));
    bench.expect(names(await claimOf(bench, { limit: 9 }))).toEqual(inOrder.slice(3));
  });
  prove("CLAIM-4 due suspended stages stand in the same order", async (bench) => {
    await bench.put(
      worker,
      run,
      insert("stages", { stageId: "a", claimRank: 3 }),
      insert("stages", { stageId: "b", claimRank: 2, status: "suspended", wakeAt: 1_000 }),
      insert("stages", { stageId: "c", claimRank: 1 }),
    );
    const claimed = await claimOf(bench);
    bench.expect(claimed.map(({ stage }) => stage.stageId)).toEqual(["c", "b", "a"]);
  });
};

const scope: Cases = ({ prove }) => {
  const put = (bench: Bench): Promise<void> =>
    bench.put(
      worker,
      run,
      insert("stages", { stageId: "a" }),
      insert("stages", { stageId: "b", definition: "orders@2#0" }),
      insert("stages", { stageId: "c", queue: "slow" }),
      insert("stages", { stageId: "d", namespace: "other" }),
    );
  const claims = async (
    bench: Bench,
    part: Partial<ClaimRequest>,
    expected: readonly string[],
  ): Promise<void> => {
    await put(bench);
    const stages = (await claimOf(bench, part)).map(({ stage }) => stage.stageId);
    bench.expect(stages).toEqual(expected);
  };
  prove("CLAIM-5 only the given definitions, all queues", (bench) => claims(bench, {}, ["a", "c"]));
  prove("CLAIM-5 several definitions", (bench) =>
    claims(bench, { definitions: ["x", "orders@2#0", "orders@1#0"] }, ["a", "b", "c"]),
  );
  prove("CLAIM-5 no definitions, no stages", (bench) => claims(bench, { definitions: [] }, []));
  prove("CLAIM-5 only the given queues", (bench) => claims(bench, { queues: ["slow"] }, ["c"]));
  prove("CLAIM-5 an empty list of queues is no queue", (bench) =>
    claims(bench, { queues: [] }, []),
  );
  prove("CLAIM-5 only the given namespace", (bench) =>
    claims(bench, { namespace: "other" }, ["d"]),
  );
  prove("CLAIM-5 only the stages named", (bench) =>
    claims(bench, { stages: ["c", "x"].map((stageId) => stageKey({ stageId })) }, ["c"]),
  );
  prove("CLAIM-5 a named stage must still be claimable", (bench) =>
    claims(bench, { stages: ["b", "d"].map((stageId) => stageKey({ stageId })) }, []),
  );
  prove("CLAIM-5 an empty list of stages is no stage", (bench) =>
    claims(bench, { stages: [] }, []),
  );
  prove("CLAIM-5 a named stage is meant with map index and generation", async (bench) => {
    const rows = [{}, { mapIndex: 1 }, { generation: 1 }, { runId: "b" }];
    await bench.put(worker, run, insert("runs", { id: "b" }));
    await bench.put(...rows.map((row) => insert("stages", row)));
    for (const key of rows.map((row) => stageKey(row))) {
      const claimed = only(await claimOf(bench, { stages: [key] }));
      bench.expect(stageKeyText(claimed.stage)).toBe(stageKeyText(key));
    }
  });
};

const dueness: Cases = ({ prove }) => {
  prove("CLAIM-6 a ready stage from its instant on, in database time [42]", async (bench) => {
    await bench.put(worker, run, insert("stages", { availableAt: bench.clock.now() + 10 }));
    bench.clock.advance(9);
    await claimsNothing(bench);
    bench.clock.advance(1);
    bench.expect(names(await claimOf(bench))).toEqual(["run/stage/0"]);
  });
  prove("CLAIM-6 a suspended stage from its wake on, in database time", async (bench) => {
    const stage = { status: "suspended", wakeAt: bench.clock.now() + 10 } as const;
    await bench.put(worker, run, insert("stages", stage));
    bench.clock.advance(9);
    await claimsNothing(bench);
    bench.clock.advance(1);
    const claimed = only(await claimOf(bench));
    bench.expect(claimed.stage).toMatchObject({ status: "running", wakeAt: null, fence: 1 });
  });
  prove("CLAIM-6 a suspended stage without a wake is not due", async (bench) => {
    await bench.put(worker, run, insert("stages", { status: "suspended" }));
    await claimsNothing(bench);
    await claimsNothing(bench, { stages: [stageKey()] });
  });
};

const neverClaimed: Cases = ({ prove }) => {
  const closed = ["blocked", "running", "completed", "failed", "skipped", "cancelled"] as const;
  for (const status of closed) {
    prove(`CLAIM-7 a stage ${status} never`, async (bench) => {
      await bench.put(worker, run, insert("stages", { status, wakeAt: 1_000 }));
      await claimsNothing(bench);
    });
  }
  for (const status of ["ready", "suspended"] as const) {
    prove(`CLAIM-7 a stage ${status} and held never`, async (bench) => {
      const held = { status, wakeAt: 1_000, held: true, holdReason: "quarantined" } as const;
      await bench.put(worker, run, insert("stages", held));
      await claimsNothing(bench);
      await claimsNothing(bench, { stages: [stageKey()] });
    });
  }
  for (const status of ["pending", "paused", "completed", "failed", "cancelled"] as const) {
    prove(`CLAIM-7 a stage of a run ${status} never`, async (bench) => {
      await bench.put(worker, insert("runs", { status }), insert("stages"));
      await bench.put(insert("stages", { mapIndex: 1, status: "suspended", wakeAt: 1_000 }));
      await claimsNothing(bench);
    });
  }
  for (const status of ["running", "closing"] as const) {
    prove(`CLAIM-7 stages of a run ${status} are claimed`, async (bench) => {
      await bench.put(worker, insert("runs", { status }), insert("stages"));
      bench.expect(names(await claimOf(bench))).toEqual(["run/stage/0"]);
    });
  }
};

const suspects: Cases = ({ prove }) => {
  const put = (bench: Bench): Promise<void> =>
    bench.put(
      worker,
      run,
      insert("stages", { stageId: "a", suspect: true, claimRank: 2 }),
      insert("stages", { stageId: "b", claimRank: 3 }),
      insert("stages", { stageId: "c", suspect: true, claimRank: 1 }),
    );
  prove("CLAIM-8 suspects are passed over by a common claim", async (bench) => {
    await put(bench);
    bench.expect(names(await claimOf(bench))).toEqual(["run/b/0"]);
    await claimsNothing(bench, { stages: [stageKey({ stageId: "a" })] });
  });
  prove("CLAIM-8 a claim alone takes one suspect, whatever its limit", async (bench) => {
    await put(bench);
    const alone = { alone: true, limit: 10 };
    bench.expect(names(await claimOf(bench, alone))).toEqual(["run/c/0"]);
    bench.expect(names(await claimOf(bench, alone))).toEqual(["run/a/0"]);
    await claimsNothing(bench, alone);
  });
};

const passedOver: Cases = ({ prove }) => {
  for (const queues of [undefined, ["main"]]) {
    const title = queues ? " of a queue" : "";
    prove(`CLAIM-11 runs that are excepted are passed over by a claim${title}`, async (bench) => {
      const ready = (runId: string, part: Partial<Row<"stages">> = {}) => [
        insert("runs", { id: runId }),
        insert("stages", { runId, ...part }),
      ];
      const due = { status: "suspended", wakeAt: 1_000 } as const;
      await bench.put(worker, ...ready("a"), ...ready("b", due), ...ready("c"), ...ready("d", due));
      await bench.put(...ready("e", { suspect: true }), ...ready("f", { suspect: true }));
      const except = { exceptRuns: ["a", "b", "e"], ...(queues ? { queues } : {}) };
      bench
        .expect(names(await claimOf(bench, { ...except, limit: 2 })))
        .toEqual(["c/stage/0", "d/stage/0"]);
      bench.expect(names(await claimOf(bench, { ...except, alone: true }))).toEqual(["f/stage/0"]);
      await claimsNothing(bench, { ...except, stages: [stageKey({ runId: "a" })] });
      await claimsNothing(bench, { ...except, alone: true });
      bench
        .expect(names(await claimOf(bench, { exceptRuns: [] })))
        .toEqual(["a/stage/0", "b/stage/0"]);
    });
  }
};

const sessions: Cases = ({ prove }) => {
  const put = (bench: Bench, part: Partial<Row<"workers">>): Promise<void> =>
    bench.put(insert("workers", part), run, insert("stages"));
  prove("CLAIM-9 an unknown session claims nothing", async (bench) => {
    await put(bench, { id: "another" });
    await claimsNothing(bench);
  });
  prove("CLAIM-9 a session of another epoch claims nothing", async (bench) => {
    await put(bench, { epoch: 2 });
    await claimsNothing(bench);
    await claimsNothing(bench, { session: { id: "session", epoch: 3 } });
  });
  for (const status of ["gone", "draining"] as const) {
    prove(`CLAIM-9 a session ${status} claims nothing`, async (bench) => {
      await put(bench, { status });
      await claimsNothing(bench);
    });
  }
  prove("CLAIM-9 an expired session claims nothing, from the instant on", async (bench) => {
    await put(bench, { expiresAt: bench.clock.now() + 10 });
    await bench.put(insert("stages", { mapIndex: 1 }));
    bench.clock.advance(9);
    bench.expect((await claimOf(bench, { limit: 1 })).length).toBe(1);
    bench.clock.advance(1);
    await claimsNothing(bench);
  });
};

const facts: Cases = ({ prove }) => {
  prove("CLAIM-10 the run comes whole, the stage with its own input", async (bench) => {
    const whole: Partial<RunRow> = { input: "i7", config: "i8", labels: { a: "b" }, rev: 4 };
    await bench.put(worker, insert("runs", whole), insert("stages", { input: "i9" }));
    const claimed = only(await claimOf(bench));
    bench.expect(claimed.run).toEqual(rowOf("runs", whole));
    bench.expect(claimed.stage.input).toBe("i9");
  });
  prove("CLAIM-10 outputs of what the stage reads, in order of map index", async (bench) => {
    const upstream = [
      { stageId: "b", mapIndex: 2, status: "completed", output: "i2" },
      { stageId: "b", mapIndex: 10, status: "failed" },
      { stageId: "a", status: "completed", output: "i1", kind: "map" },
      { stageId: "b", mapIndex: 1, status: "skipped" },
      { stageId: "b", mapIndex: 3, status: "completed", output: "i-old", superseded: true },
      { stageId: "b", mapIndex: 3, status: "completed", output: "i3", generation: 1 },
      { stageId: "unread", status: "completed", output: "i9" },
      { stageId: "a", status: "completed", output: "i9", runId: "other" },
    ] as const;
    await bench.put(worker, run, insert("stages", { reads: ["b", "a", "absent"] }));
    await bench.put(...upstream.map((stage) => insert("stages", stage)));
    const claimed = only(await claimOf(bench));
    const lines = claimed.upstream.map((one) => Object.values(one).join(" "));
    const expected = [
      { stageId: "b", mapIndex: 1, status: "skipped", output: null },
      { stageId: "b", mapIndex: 2, status: "completed", output: "i2" },
      { stageId: "b", mapIndex: 3, status: "completed", output: "i3" },
      { stageId: "b", mapIndex: 10, status: "failed", output: null },
      { stageId: "a", mapIndex: 0, status: "completed", output: "i1" },
    ];
    const of = (stageId: string) => (one: { readonly stageId: string }) => one.stageId === stageId;
    bench.expect(lines.length).toBe(expected.length);
    bench.expect(claimed.upstream.filter(of("b"))).toEqual(expected.filter(of("b")));
    bench.expect(claimed.upstream.filter(of("a"))).toEqual(expected.filter(of("a")));
  });
  prove("CLAIM-10 of stages taken together each is seen as the claim leaves it", async (bench) => {
    const reads = { stageId: "a", reads: ["b"] };
    await bench.put(worker, run, insert("stages", reads), insert("stages", { stageId: "b" }));
    const claimed = await claimOf(bench);
    const statuses = claimed.flatMap(({ upstream }) => upstream.map(({ status }) => status));
    bench.expect(statuses).toEqual(["running"]);
  });
  prove("CLAIM-10 failed attempts of steps without a record", async (bench) => {
    const attempts = [
      { step: "a", attempt: 1, progress: "i1" },
      { step: "a", attempt: 2 },
      { step: "a", occurrence: 1 },
      { step: "b" },
      { step: "" },
      { step: "a", stageAttempt: 1 },
      { step: "a", generation: 1, stageAttempt: 2 },
      { step: "a", mapIndex: 1 },
    ].map((part) => ({ stageAttempt: 2, ...part }));
    await bench.put(worker, run, insert("stages", { attempt: 2 }));
    for (const part of attempts) await bench.put(insert("attempts", part));
    await bench.put(
      insert("steps", { key: "b" }),
      insert("steps", { key: "a", occurrence: 2, seq: 2 }),
    );
    const { stepAttempts } = only(await claimOf(bench));
    const text = (row: Partial<Row<"attempts">>): string =>
      `${row.step}#${row.occurrence ?? 0} ${row.attempt ?? 1} ${row.progress ?? null}`;
    bench
      .expect(stepAttempts.map(text).toSorted())
      .toEqual(["a#0 1 i1", "a#0 2 null", "a#1 1 null"]);
  });
  prove("CLAIM-10 nothing of nothing", async (bench) => {
    await bench.put(worker, run, insert("stages"));
    const { upstream, memo, openWaits, stepAttempts, lastSeq } = only(await claimOf(bench));
    const empty = { upstream: [], memo: { entries: [] }, openWaits: [], stepAttempts: [] };
    bench.expect({ upstream, memo, openWaits, stepAttempts }).toEqual(empty);
    bench.expect(lastSeq).toBe(0);
  });
};
