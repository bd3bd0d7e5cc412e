import { checkOptions, type OptionKinds } from "@pawl/kernel";
import type { JobsProcessed } from "../available-jobs.ts";
import { atLeast } from "../host-options.ts";
import type { MaintenanceTick } from "../serverless-host.ts";
import { type HostSource, hostFrom } from "./host-source.ts";
import type { LambdaContext } from "./lambda-events.ts";
import { remainingOf } from "./remaining-of.ts";

export interface ScheduledHandlerOptions {
  readonly host: HostSource;
  /**
   * Jobs to execute after the maintenance: for stores whose transport delivers nothing, and as a
   * net under those that lose something. Default 0.
   */
  readonly maxJobs?: number;
}

export interface ScheduledResult extends MaintenanceTick {
  readonly jobs: JobsProcessed;
}

const OPTIONS: OptionKinds<ScheduledHandlerOptions> = { host: "any", maxJobs: "number?" };

/** A handler for a schedule of EventBridge, which may come twice, late or overlapping. */
export function createScheduledHandler(
  options: ScheduledHandlerOptions,
): (event: unknown, context: LambdaContext) => Promise<ScheduledResult> {
  checkOptions("createScheduledHandler", options, OPTIONS);
  const { maxJobs = 0 } = options;
  atLeast("maxJobs", maxJobs, 0);
  const getHost = hostFrom(options.host);
  return async (_event, context) => {
    const remainingMs = remainingOf(context);
    const host = await getHost();
    return host.during({ remainingMs }, async (invocation) => ({
      ...(await invocation.runMaintenanceTick()),
      jobs: await invocation.processAvailableJobs({ maxJobs }),
    }));
  };
}
