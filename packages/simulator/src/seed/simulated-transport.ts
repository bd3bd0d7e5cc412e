import type { JobTransport } from "@pawl/kernel/ports";
import { createMemoryTransport } from "@pawl/transport-memory";
import { createSqlTransport } from "@pawl/transport-sql";
import type { Fault } from "../faults/fault.ts";
import type { Prng } from "../world/prng.ts";

export interface TransportWeather {
  /** Jobs are delivered by a queue; else hosts only claim. */
  readonly queue: boolean;
  now(): number;
  /** Nothing goes wrong any more. */
  isSound(): boolean;
  readonly chance: Prng;
  /** How much goes wrong; nothing without it. */
  readonly fault: Extract<Fault, { kind: "queue" }> | undefined;
}

/** A queue that loses, doubles, delays and reorders what it is told, until the weather is sound. */
export function simulatedTransport(weather: TransportWeather): JobTransport {
  const { queue, now, isSound, chance, fault } = weather;
  if (!queue) return createSqlTransport();
  const share = (of: number): number => (isSound() ? 0 : of);
  return createMemoryTransport({
    clock: { now },
    runtime: { after: () => new Promise(() => {}) },
    visibilityMs: 5_000,
    ...(fault
      ? {
          faults: {
            random: () => chance.next(),
            get lose() {
              return share(fault.drop);
            },
            get double() {
              return share(fault.double);
            },
            get delay() {
              return share(fault.delay);
            },
            get reorder() {
              return share(fault.reorder);
            },
            get forgetAck() {
              return share(fault.forgetAck);
            },
            delayMsMax: 8_000,
          },
        }
      : {}),
  });
}
