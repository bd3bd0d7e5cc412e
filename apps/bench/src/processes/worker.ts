/** A worker process: opens an engine on a place and runs what it finds until it is killed. */
import { engineOf } from "../engines/by-name.ts";
import { sharedNowMs } from "./shared-clock.ts";
import type { WorkerMessage, WorkerParts } from "./worker-process.ts";

const { engine, store, ...options } = JSON.parse(process.argv[2] ?? "{}") as WorkerParts;
const openedAt = performance.now();
const tell = (type: WorkerMessage["type"], more: { step?: number; run?: number } = {}): void => {
  const atMs = sharedNowMs();
  const sinceOpeningMs = performance.now() - openedAt;
  process.send?.({ type, atMs, sinceOpeningMs, ...more });
};
process.on("disconnect", () => process.exit());
await engineOf(store, engine).open({
  ...options,
  worker: true,
  witness: {
    entered: (step, run) => tell("entered", { step, ...(run === undefined ? {} : { run }) }),
    awake: () => tell("awake"),
  },
});
tell("opened");
