/** A worker of a fleet: says how it fares, and leaves an effect in every step's body. */
import { flushCompileCache } from "node:module";
import Database from "better-sqlite3";
import type { AppParts } from "../../src/compose.ts";
import { leaveEffect, stageOf } from "./effects.ts";
import { type Entered, mixedWorkflows } from "./mixed-workflows.ts";
import { Fences, recordedSteps, tracedApp } from "./traced-app.ts";
import { troubleWorkflows } from "./trouble-workflows.ts";
import { lasting } from "./until.ts";
import type { Asked, Said, WorkerSettings } from "./worker-settings.ts";

const OPEN_AGAIN_MS = 300;

const settings = JSON.parse(process.argv[2] ?? "{}") as WorkerSettings;
const { directory, stateDirectory = directory, synchronous = "FULL", queues } = settings;
const { concurrency, suspectPatienceMs, redispatchMs, ...rest } = settings;
const { leaseTtlMs, leaseThread, orchestrationIntervalMs, jobPollIntervalMs } = rest;

process.on("disconnect", () => process.exit());
const say = (said: Said): void => void process.send?.(said);
const stop = (): void => void process.kill(process.pid, "SIGSTOP");

const opened = new Set<Database.Database>();
const { pragma } = Database.prototype;
Database.prototype.pragma = function (this: Database.Database, ...given) {
  opened.add(this);
  return pragma.apply(this, given);
};
const PAGES_MAX = { letNothingGrow: 1, letGrow: 1_073_741_823 };
process.on("message", (asked: Asked) => {
  if (asked === "stats") return say({ type: "stats", stats: parts.host.getStats() });
  for (const database of opened) database.pragma(`max_page_count = ${PAGES_MAX[asked]}`);
});

const fences = new Fences();
const enter = (entered: Entered): void =>
  leaveEffect(directory, {
    ...entered,
    pid: process.pid,
    fence: fences.of(stageOf(entered)),
    at: Date.now(),
  });
const stopsBefore = new Set<string>();
const stopBefore = (step: string): void => void stopsBefore.add(step);
const open = (): Promise<AppParts> =>
  tracedApp(
    {
      workflows: [],
      directory: stateDirectory,
      synchronous,
      logger: { log: (level, message) => say({ type: "log", level, message }) },
      ...(concurrency === undefined ? {} : { concurrency }),
      limits: {
        ...(suspectPatienceMs === undefined ? {} : { suspectPatienceMs }),
        ...(redispatchMs === undefined ? {} : { redispatchMs }),
      },
      host: {
        ...(queues === undefined ? {} : { queues }),
        ...(leaseTtlMs === undefined ? {} : { leaseTtlMs }),
        ...(leaseThread === undefined ? {} : { leaseThread }),
        ...(jobPollIntervalMs === undefined ? {} : { jobPollIntervalMs }),
        ...(orchestrationIntervalMs === undefined ? {} : { orchestrationIntervalMs }),
      },
    },
    [...mixedWorkflows(enter), ...troubleWorkflows({ directory, enter, stop, stopBefore })],
    {
      fences,
      settings,
      trace: {
        say,
        committing: (plans) => {
          const steps = plans.flatMap(recordedSteps);
          if (steps.filter((step) => stopsBefore.delete(step)).length > 0) stop();
        },
      },
    },
  );

/** A server that is away is waited for, as whoever supervises processes would. */
async function openedApp(): Promise<AppParts> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (settings.databaseUrl === undefined) throw error;
      const { code, message } = error as { readonly code?: string; readonly message: string };
      say({ type: "log", level: "error", message: `not opened: ${code} ${message}` });
    }
    await lasting(OPEN_AGAIN_MS);
  }
}

const parts = await openedApp();
flushCompileCache();
say({ type: "up" });
