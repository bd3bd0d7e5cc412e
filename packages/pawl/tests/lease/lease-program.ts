/** A worker whose step blocks the process, or waits to be told to end. */
import { setTimeout as timer } from "node:timers";
import { pawl } from "../../src/index.ts";
import { blockProcess, heldWorkflow, type LeaseSettings, type Said } from "./held-workflow.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as LeaseSettings;
const { directory, environment, leaseTtlMs, blockMs, place, ...host } = settings;

process.on("disconnect", () => process.exit());
const say = (said: Said): void => void process.send?.(said);
let finish = (): void => {};
const finished = new Promise<void>((resolve) => {
  finish = resolve;
});
const app = await pawl({
  workflows: [
    heldWorkflow(async () => {
      say({ type: "entered" });
      if (blockMs > 0) blockProcess(blockMs);
      else await finished;
      return process.pid;
    }),
  ],
  directory,
  environment,
  limits: { leaseTtlMs },
  logger: { log: (level, message) => say({ type: "log", level, message }) },
  host: { ...host, leaseTtlMs, orchestrationIntervalMs: 1_000 },
  worker: false,
});
if (place !== undefined) {
  // As from another machine: what tells of a death is the database, not the list of processes.
  const { dispatch } = app.kernel;
  const elsewhere = (command: object): object =>
    "type" in command && command.type === "worker.register" ? { ...command, host: place } : command;
  Object.assign(app.kernel, {
    dispatch: (command: object) => dispatch(elsewhere(command) as never),
  });
}
await app.host.start();
process.on("message", (asked) => {
  if (asked === "finish") finish();
  else {
    const { losses, sessionId, jobsSucceeded } = app.host.getStats();
    say({ type: "stats", losses, sessionId, jobsSucceeded });
  }
});
timer(() => say({ type: "up" }), 0);
