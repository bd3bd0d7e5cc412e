import { EngineError } from "../errors/engine-error.ts";
import type { PersistenceQueries } from "../ports/persistence-queries.ts";
import type { CommitPlan, CommitResult } from "../state/plan.ts";
import type { Announcing } from "./announce-work.ts";
import type { Committer } from "./commit.ts";
import type { Engine } from "./engine.ts";
import { Pokes } from "./pokes.ts";
import { StartSlots } from "./start-slots.ts";

/** What starting a run needs; a transaction of the caller's gives no more. */
export interface StartEngine extends Omit<Engine, "persistence" | "commits"> {
  readonly persistence: Announcing["persistence"] & {
    readonly query: Pick<PersistenceQueries, "get">;
  };
  readonly commits: Pick<Committer, "commit" | "commitOnce">;
}

export interface BoundEngine {
  readonly engine: StartEngine;
  /** Tells of what was written, which is kept back until the caller has committed. */
  tell(): void;
}

/**
 * An engine whose commits are part of a transaction of the caller's: nothing begins in this
 * process, and nobody is told, before the caller has committed.
 *
 * @throws EngineError E_UNSUPPORTED, E_ARGUMENT_INVALID
 */
export function bindEngine(engine: Engine, transaction: unknown): BoundEngine {
  const { persistence } = engine;
  if (!persistence.bind) {
    throw new EngineError(
      "E_UNSUPPORTED",
      "This persistence can't take part in a transaction of yours. Start the run after your " +
        "commit, with an idempotencyKey, so that starting it again does no harm.",
    );
  }
  const bound = persistence.bind(transaction);
  const { workBell } = persistence;
  const { dispatcher } = engine;
  const news: (() => void)[] = [];
  const pokes = new Pokes();
  pokes.listen((poke) => void news.push(() => engine.pokes.send(poke)));
  const commit = async (decided: CommitPlan): Promise<CommitResult> => {
    const plan = dispatcher.draft(decided, []);
    const result = await bound.commit(plan);
    news.push(() => dispatcher.committed(plan, result));
    return result;
  };
  return {
    tell: () => {
      for (const telling of news.splice(0)) telling();
    },
    engine: {
      ...engine,
      commits: { commit, commitOnce: commit },
      // What the transaction can't see yet may be there: its view can be older than the row.
      persistence: {
        query: {
          get: async (table, key) =>
            (await bound.query.get(table, key)) ?? persistence.query.get(table, key),
        },
        ...(workBell
          ? { workBell: { ring: (place) => void news.push(() => workBell.ring(place)) } }
          : {}),
      },
      pokes,
      startSlots: new StartSlots(),
      // The caller's transaction is no place for the structure of workflows.
      definitionsStored: Promise.resolve(),
    },
  };
}
