import { randomUUID } from "node:crypto";
import type { JobTransport } from "@pawl/kernel/ports";
import { type BullmqTransportOptions, createBullmqTransport } from "../src/index.ts";

/** A transport whose keys no other test has. */
export const transportOn = (
  url: string,
  options: Partial<BullmqTransportOptions> = {},
): JobTransport => createBullmqTransport({ connection: url, prefix: randomUUID(), ...options });
