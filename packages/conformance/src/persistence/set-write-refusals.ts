import { EngineError } from "@pawl/kernel";
import type { CommitPlan, Write } from "@pawl/kernel/ports";
import type { Cases } from "./bench.ts";
import {
  add,
  closeWaits,
  insert,
  live,
  owned,
  planOf,
  remove,
  rev,
  stageKey,
  update,
  updateStages,
} from "./plans.ts";

const waitKey = { ...stageKey(), key: "wait", occurrence: 0 };
const all = updateStages({ set: { losses: 3 } });
const close = closeWaits();
const strictly = (...writes: readonly Write[]): Partial<CommitPlan> => ({
  guards: [rev(0)],
  writes,
});

/** Plans whose set-wise write could meet another write, or a run that moves. */
const ILLEGAL: Readonly<Record<string, Partial<CommitPlan>>> = {
  "updateStages without a guard": { writes: [all] },
  "updateStages under a live guard": { guards: [live()], writes: [all] },
  "updateStages under a stage guard": { guards: [owned(0, { status: "ready" })], writes: [all] },
  "updateStages under the rev of another run": { guards: [rev(0, "b")], writes: [all] },
  "updateStages beside an update of a stage": strictly(
    all,
    update("stages", stageKey(), { losses: 1 }),
  ),
  "updateStages after an update of a stage": strictly(
    update("stages", stageKey(), { losses: 1 }),
    all,
  ),
  "updateStages beside an insert of a stage": strictly(all, insert("stages", { stageId: "new" })),
  "updateStages beside a counter of a stage": strictly(
    all,
    add({ table: "stages", key: stageKey(), column: "joinPending", by: -1 }),
  ),
  "updateStages beside a delete of a stage": strictly(all, remove("stages", stageKey())),
  "updateStages beside a delete of all stages": strictly(
    updateStages({ except: [stageKey()], set: { losses: 3 } }),
    remove("stages", { runId: "run" }),
  ),
  "updateStages that leaves out another stage": strictly(
    updateStages({ except: [stageKey({ mapIndex: 1 })], set: { losses: 3 } }),
    update("stages", stageKey(), { losses: 1 }),
  ),
  "updateStages twice": strictly(
    updateStages({ where: { held: true }, set: { losses: 3 } }),
    updateStages({ where: { held: false }, set: { losses: 3 } }),
  ),
  "updateStages that sets a fence": strictly(updateStages({ set: { fence: 9 } as never })),
  "updateStages that sets a key": strictly(updateStages({ set: { generation: 9 } as never })),
  "updateStages of an unknown column": strictly(
    updateStages({ set: { "losses = 9 --": 1 } as never }),
  ),
  "closeWaits without a guard": { writes: [close] },
  "closeWaits under a live guard": { guards: [live()], writes: [close] },
  "closeWaits beside an update of a wait": strictly(
    close,
    update("waits", waitKey, { outcome: "fired" }),
  ),
  "closeWaits beside an insert of a wait": strictly(close, insert("waits", { key: "new" })),
  "closeWaits beside a delete of all waits": strictly(close, remove("waits", { runId: "run" })),
  "closeWaits twice": strictly(close, closeWaits({ except: [stageKey()] })),
};

/** COMMIT-9: what no adapter may write is refused as an argument, and nothing is written. */
export const illegalSetCases: Cases = ({ prove }) => {
  for (const [name, part] of Object.entries(ILLEGAL)) {
    prove(`COMMIT-9 ${name} is refused as an argument`, async (bench) => {
      await bench.put(insert("runs"), insert("runs", { id: "b" }));
      await bench.put(insert("stages"), insert("waits"));
      const before = await bench.everything();
      const answer = await bench.persistence.commit(planOf(part)).then(
        ({ ok }) => `answered ${ok}`,
        (error: unknown) => (EngineError.is(error) ? error.code : `threw ${String(error)}`),
      );
      bench.expect(answer).toBe("E_ARGUMENT_INVALID");
      bench.expect(await bench.everything()).toEqual(before);
    });
  }
  prove(
    "COMMIT-9 set-wise writes beside writes of another run are none of theirs",
    async (bench) => {
      await bench.put(insert("runs"), insert("stages"), insert("waits"));
      await bench.put(insert("stages", { runId: "b" }), insert("waits", { runId: "b" }));
      const b = stageKey({ runId: "b" });
      const others = [
        update("stages", b, { losses: 1 }),
        update("waits", { ...waitKey, ...b }, { outcome: "fired" }),
      ];
      const result = await bench.commit(strictly(all, close, ...others));
      bench.expect(result).toMatchObject({ ok: true });
      bench.expect(await bench.row("stages", b)).toMatchObject({ losses: 1 });
      bench.expect(await bench.row("stages", stageKey())).toMatchObject({ losses: 3 });
    },
  );
};
