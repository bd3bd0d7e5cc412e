import { checkOptions, EngineError, type OptionKinds } from "@pawl/kernel";
import type { Clock } from "@pawl/kernel/ports";
import type { RedisAddress } from "./redis-line.ts";

export interface BullmqTransportOptions {
  /** A URL such as `redis://localhost:6379`, or options of ioredis. */
  readonly connection: RedisAddress;
  /** Queues that `dequeue` takes from; `enqueue` sends to any. Default `["default"]`. */
  readonly queues?: readonly string[];
  /** Stands before every key; on a cluster in braces, `{pawl}`. Default `pawl`. */
  readonly prefix?: string;
  /** Milliseconds for which a delivery is hidden from others. Default 30,000. */
  readonly visibilityMs?: number;
  /** Milliseconds between two looks for deliveries whose holder is gone. Default 5,000. */
  readonly recoveryIntervalMs?: number;
  /** Milliseconds for which a call waits for Redis before it rejects. Default 5,000. */
  readonly commandTimeoutMs?: number;
  /** What `notBefore` is compared with. Default: the machine's. */
  readonly clock?: Pick<Clock, "now">;
}

/** Options with the defaults filled in. */
export type BullmqSettings = Required<BullmqTransportOptions>;

const OPTIONS: OptionKinds<BullmqTransportOptions> = {
  connection: "any",
  queues: "list?",
  prefix: "text?",
  visibilityMs: "number?",
  recoveryIntervalMs: "number?",
  commandTimeoutMs: "number?",
  clock: "object?",
};

/** Timers go no further. */
const MS_MAX = 2 ** 31 - 1;

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function bullmqSettings(options: BullmqTransportOptions): BullmqSettings {
  checkOptions("createBullmqTransport", options, OPTIONS);
  const settings: BullmqSettings = {
    connection: options.connection,
    queues: options.queues ?? ["default"],
    prefix: options.prefix ?? "pawl",
    visibilityMs: options.visibilityMs ?? 30_000,
    recoveryIntervalMs: options.recoveryIntervalMs ?? 5_000,
    commandTimeoutMs: options.commandTimeoutMs ?? 5_000,
    clock: options.clock ?? { now: () => Date.now() },
  };
  if (!isAddress(settings.connection))
    throw invalid(
      "connection",
      "no URL that begins with redis: or rediss:, nor options of ioredis",
    );
  for (const option of ["visibilityMs", "recoveryIntervalMs", "commandTimeoutMs"] as const)
    if (!(settings[option] >= 1 && settings[option] <= MS_MAX))
      throw invalid(option, `${settings[option]}; give milliseconds of at least 1`);
  if (!settings.queues.every((queue: unknown) => typeof queue === "string"))
    throw invalid("queues", "a list with something that is no name; give names of queues");
  return settings;
}

/** Another text would be taken for a path, and shown with its password when it can't be opened. */
const isAddress = (given: unknown): boolean =>
  typeof given === "string"
    ? /^rediss?:\/\//i.test(given) && URL.canParse(given)
    : typeof given === "object" && given !== null;

const invalid = (option: string, says: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `Option "${option}" of createBullmqTransport is ${says}.`, {
    details: { option },
  });
