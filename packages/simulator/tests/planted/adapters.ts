import type { CommitPlan, Persistence } from "@pawl/kernel/ports";
import type { AdapterBug } from "./planted-bug.ts";
import { onPlans } from "./tampering.ts";

const store = (wrap: (sound: Persistence) => Persistence) => () => ({ wrapStore: wrap });

/** Bugs of adapters that the kernel gives no occasion for, or that one clause tells at once. */
export const ADAPTER_BUGS: readonly AdapterBug[] = [
  {
    name: "a job is deleted from the queue when it is handed out",
    source: 3,
    clause: "TRANSPORT-2",
    plantInTransport: (sound) => ({
      ...sound,
      dequeue: async (request) => {
        const deliveries = await sound.dequeue(request);
        await sound.ack(deliveries.map(({ receipt }) => receipt));
        return deliveries;
      },
    }),
  },
  {
    name: "a row that can't be read is claimed again and again",
    source: 15,
    clause: "CLAIM-11",
    plant: store((sound) => ({
      ...sound,
      claim: ({ exceptRuns: _, ...request }) => sound.claim(request),
    })),
  },
  {
    name: "a second row of the same stage is accepted",
    source: 22,
    clause: "COMMIT-9",
    plant: store((sound) => {
      const accepting = async (plan: CommitPlan): Promise<CommitPlan> => {
        const doubled = await Promise.all(
          plan.writes.map(async (write) =>
            write.op === "insert" && write.table === "stages"
              ? sound.query.get("stages", write.row as never)
              : undefined,
          ),
        );
        return { ...plan, writes: plan.writes.filter((_, i) => doubled[i] === undefined) };
      };
      return {
        ...sound,
        commit: async (plan) => sound.commit(await accepting(plan)),
      };
    }),
  },
  {
    name: "a stage is suspended although something has arrived for it",
    source: 23,
    clause: "COMMIT-9",
    plant: store(
      onPlans((plan) => ({
        ...plan,
        guards: plan.guards.map((guard) => {
          if (guard.kind !== "live") return guard;
          const { inbox: _, ...rest } = guard;
          return rest;
        }),
      })),
    ),
  },
  {
    name: "a lease is renewed after its session is gone",
    source: "sin",
    clause: "BEAT-2",
    plant: store((sound) => ({
      ...sound,
      heartbeat: async (session, beat) => {
        await sound.commit({
          commitId: `revive ${session.id}`,
          guards: [],
          writes: [
            { op: "update", table: "workers", key: { id: session.id }, set: { status: "active" } },
          ],
          events: [],
          intents: [],
          dispatch: [],
        });
        return sound.heartbeat(session, beat);
      },
    })),
  },
  {
    name: "a commit whose answer was lost is written again",
    source: "sin",
    clause: "COMMIT-4",
    plant: store((sound) => {
      let count = 0;
      return onPlans((plan) => ({ ...plan, commitId: `${plan.commitId}~${count++}` }))(sound);
    }),
  },
  {
    name: "a suspect is claimed with all the others",
    source: "sin",
    clause: "CLAIM-8",
    plant: store((sound) => ({
      ...sound,
      claim: async (request) => {
        const claimed = await sound.claim(request);
        const more = request.alone ? [] : await sound.claim({ ...request, alone: true });
        return [...claimed, ...more];
      },
    })),
  },
  {
    name: "a sweep reads as many rows as there are",
    source: "sin",
    clause: "SWEEP-1",
    plant: store((sound) => ({
      ...sound,
      sweep: (request) => sound.sweep({ ...request, limit: 1_000 }),
    })),
  },
  {
    name: "a memo page of more bytes than were asked for",
    source: "sin",
    clause: "MEMO-1",
    plant: store((sound) => ({
      ...sound,
      memoPage: (stage, after, bounds) =>
        sound.memoPage(stage, after, { ...bounds, bytesMax: 1_000_000 }),
    })),
  },
  {
    name: "an intent that was not acknowledged is taken by another at once",
    source: 3,
    clause: "TAKE-1",
    plant: store((sound) => ({
      ...sound,
      takeIntents: (request) => sound.takeIntents({ ...request, visibleAfterMs: 0 }),
    })),
  },
];
