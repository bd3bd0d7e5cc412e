import type { RunId, SessionId } from "../state/ids.ts";
import type { StageRow } from "../state/stage.ts";
import { runOfDamagedRow } from "./damaged-runs.ts";
import type { Engine } from "./engine.ts";
import { forEachDue } from "./sweep.ts";

/** Rounds in which every stage had moved or was refused, before the rest is left to others. */
const FRUITLESS_ROUNDS_MAX = 3;

export interface StagesTaken {
  readonly taken: number;
  /** The session runs nothing more that can be read. */
  readonly all: boolean;
}

/**
 * Takes from a session what it runs, until nothing is left. A run with a damaged row is told of
 * and passed over, so that others do not wait for it: its stage stays as it is, and is found
 * again under a session that is gone, until the row is mended.
 */
export async function takeStages(
  engine: Engine,
  session: SessionId,
  take: (stage: StageRow) => Promise<boolean>,
): Promise<StagesTaken> {
  const damaged = new DamagedOwned(engine, session);
  let taken = 0;
  for (let fruitless = 0; fruitless < FRUITLESS_ROUNDS_MAX; ) {
    const owned = await readOwned(engine, session, damaged);
    if (owned.length === 0) return { taken, all: true };
    const now = await forEachDue(engine, owned, (stage) =>
      take(stage).catch((error: unknown) => {
        damaged.note(error);
        return false;
      }),
    );
    taken += now;
    fruitless = now === 0 ? fruitless + 1 : 0;
  }
  return { taken, all: false };
}

/** Runs of a session of which a row could not be read. */
class DamagedOwned {
  readonly runs: Set<RunId> = new Set();
  readonly #engine: Engine;
  readonly #session: SessionId;

  constructor(engine: Engine, session: SessionId) {
    this.#engine = engine;
    this.#session = session;
  }

  /** The run that an error tells of; any other error is thrown. */
  note(error: unknown): RunId {
    const runId = runOfDamagedRow(error);
    if (runId === undefined) throw error;
    if (!this.runs.has(runId)) {
      const fields = { runId, session: this.#session, error };
      this.#engine.logger.log("error", "a stage is not taken: its run has a damaged row", fields);
    }
    this.runs.add(runId);
    return runId;
  }
}

/** A page that meets a row which can't be read is read anew before it, and goes on behind it. */
async function readOwned(
  engine: Engine,
  session: SessionId,
  damaged: DamagedOwned,
): Promise<readonly StageRow[]> {
  const { namespace, limits, persistence } = engine;
  const page = (runId: { readonly gt?: RunId; readonly lt?: RunId }) =>
    persistence.query.find({
      table: "stages",
      where: { namespace, session, status: "running", ...(isEmpty(runId) ? {} : { runId }) },
      limit: limits.sweepRows,
    });
  const owned: StageRow[] = [];
  for (let range: { readonly gt?: RunId } = {}; owned.length < limits.sweepRows; ) {
    try {
      owned.push(...(await page(range)));
      break;
    } catch (error) {
      const runId = damaged.note(error);
      owned.push(...(await page({ ...range, lt: runId })));
      range = { gt: runId };
    }
  }
  return owned.filter(({ runId }) => !damaged.runs.has(runId));
}

const isEmpty = (range: object): boolean => Object.keys(range).length === 0;
