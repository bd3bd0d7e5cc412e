import type { EventRow, Persistence } from "@pawl/kernel/ports";
import type { SimulatedBug } from "./planted-bug.ts";
import { changingWrites, inKernel, onCommits, onPlans } from "./tampering.ts";

/** What leaves the engine, and what tells it to look. */
export const EVENT_BUGS: readonly SimulatedBug[] = [
  {
    name: "the outbox goes by id",
    source: 16,
    plant: inKernel(byId),
  },
  {
    name: "the cursor of the outbox passes over an event",
    source: 16,
    plant: inKernel(
      onPlans(
        changingWrites((write) =>
          write.op === "update" && write.table === "runs" && write.set.sinkRev
            ? { ...write, set: { ...write.set, sinkRev: Number(write.set.sinkRev) + 1 } }
            : write,
        ),
      ),
    ),
  },
  {
    name: "events count as delivered before the sink has taken them",
    source: 3,
    plant: () => ({
      kernelParts: ({ eventSink }) =>
        eventSink
          ? {
              eventSink: {
                emit: async (deliveries) => void eventSink.emit(deliveries).catch(() => undefined),
              },
            }
          : {},
    }),
  },
  {
    name: "events are sent before they are committed",
    source: 4,
    plant: () => ({
      kernelParts: ({ persistence, eventSink }) => ({
        persistence: onCommits(async (plan, commit, sound) => {
          const [event] = plan.events;
          if (!eventSink || !event) return commit(plan);
          const run = await sound.query.get("runs", { id: event.runId });
          const rev = (run?.rev ?? 0) + 1;
          const early: EventRow = { ...event, rev, at: 0, commitId: plan.commitId };
          const delivery = { deliveryId: `${event.runId}:${rev}`, event: early };
          await eventSink.emit([delivery]).catch(() => undefined);
          return commit(plan);
        })(persistence),
      }),
    }),
  },
  {
    name: "the events of a commit are stored last first",
    source: "sin",
    plant: inKernel(onPlans((plan) => ({ ...plan, events: plan.events.toReversed() }))),
  },
  {
    name: "a worker looks for work only when this process tells it to",
    source: 5,
    plant: () => ({
      wrapKernel: (sound) => {
        let told = true;
        sound.listen(({ type }) => {
          told ||= type === "ready";
        });
        return {
          ...sound,
          dispatch: (async (command: never) => {
            if ((command as { readonly type: string }).type !== "job.claim") {
              return sound.dispatch(command);
            }
            const looks = told;
            told = false;
            return looks ? sound.dispatch(command) : [];
          }) as typeof sound.dispatch,
        };
      },
    }),
  },
];

/** Events by the ids of their commits, which processes draw by clocks of their own. */
function byId(sound: Persistence): Persistence {
  const find: Persistence["query"]["find"] = async (asked) => {
    const rows = await sound.query.find(asked);
    if (asked.table !== "events" || !asked.orderBy) return rows;
    const events = rows as unknown as readonly EventRow[];
    const order = (a: EventRow, b: EventRow): number =>
      a.commitId < b.commitId ? -1 : a.commitId > b.commitId ? 1 : a.rev - b.rev;
    return events.toSorted(order) as unknown as typeof rows;
  };
  return { ...sound, query: { ...sound.query, find } };
}
