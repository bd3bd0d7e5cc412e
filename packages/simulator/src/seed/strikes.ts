import type { Fault } from "../faults/fault.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** Sets the clocks for the faults that come at an instant; the others come with a call. */
export function strike(world: SimulatedWorld): void {
  for (const fault of world.weather.faults) {
    if (!("at" in fault)) continue;
    world.after(fault.at, () => {
      if (!world.weather.healed) begin(world, fault);
    });
  }
}

function begin(world: SimulatedWorld, fault: Fault): void {
  const parts = "process" in fault ? world.processAt(fault.process) : undefined;
  switch (fault.kind) {
    case "pause": {
      if (!parts || parts.process.paused) return;
      parts.process.pause();
      world.after(fault.forMs, () => parts.process.resume());
      break;
    }
    case "drain": {
      if (!parts) return;
      const untilMs = world.elapsedMs + world.drainTimeoutMs;
      let isOver = false;
      const end = (): void => {
        isOver = true;
        if (world.elapsedMs >= untilMs) parts.process.excuse();
        parts.process.leave();
        world.after(fault.restartMs, () => world.boot(fault.process));
      };
      // What still runs then is given to others, and runs again there.
      world.after(world.drainTimeoutMs, () => {
        if (!isOver) parts.process.excuse();
      });
      parts.host.stop().then(end, end);
      break;
    }
    case "declaredDead": {
      const session = parts?.host.getStats().sessionId;
      if (!parts || session === undefined) return;
      parts.process.excuse();
      void world.client
        .dispatch({ type: "lease.reapStale", dead: [session] })
        .catch(() => undefined);
      break;
    }
    case "clockStep":
      if (parts) parts.process.skewMs += fault.byMs;
      break;
    case "databaseClockStep":
      world.stepDatabaseClock(fault.byMs);
      break;
    default:
      return;
  }
  world.trace.add(`${fault.kind} ${JSON.stringify(fault)}`);
  world.weather.struck(fault);
}
