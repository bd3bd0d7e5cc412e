import { hostConformance } from "@pawl/conformance";
import { createMemoryTransport, type TransportFaults } from "@pawl/transport-memory";
import { describe, expect, it } from "vitest";
import { systemClock } from "../src/index.ts";
import { memoryHost } from "./memory-host.ts";

hostConformance({ describe, it, expect }, { name: "Node in memory", create: memoryHost });

/** Looks into the store so seldom that jobs must come by the transport. */
const SELDOM = { jobPollIntervalMs: 400 };

hostConformance(
  { describe, it, expect },
  {
    name: "Node on a transport that delivers",
    create: (workflows) =>
      memoryHost(workflows, {
        transport: () => createMemoryTransport({ clock: systemClock }),
        options: SELDOM,
      }),
  },
);

/** The same jobs meet the same faults. */
function adversary(): TransportFaults {
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  return {
    random,
    lose: 0.3,
    double: 0.3,
    delay: 0.3,
    delayMsMax: 300,
    reorder: 0.5,
    forgetAck: 0.3,
  };
}

hostConformance(
  { describe, it, expect },
  {
    name: "Node on a transport that loses, doubles, delays and reorders",
    create: (workflows) =>
      memoryHost(workflows, {
        transport: () =>
          createMemoryTransport({ clock: systemClock, visibilityMs: 500, faults: adversary() }),
      }),
  },
);
