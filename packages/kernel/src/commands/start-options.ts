import type { RunCreate } from "../engine/command.ts";
import { EngineError } from "../errors/engine-error.ts";

const PRIORITY_MAX = 1_000_000;

/**
 * Checks what no schema checks, before any row.
 *
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function checkStartOptions(command: RunCreate): void {
  for (const option of OPTIONS) check(option, command[option.name]);
}

interface Option {
  readonly name: keyof RunCreate;
  readonly wanted: string;
  accepts(value: unknown): boolean;
}

function check({ name, wanted, accepts }: Option, value: unknown): void {
  if (value === undefined || accepts(value)) return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `${name} of run.create is ${typeof value === "number" ? value : JSON.stringify(value)}; ` +
      `give ${wanted}.`,
    { details: { option: name } },
  );
}

const isInstant = (value: unknown): boolean => Number.isFinite(value);
const isText = (value: unknown): boolean => typeof value === "string" && value.length > 0;
const isPriority = (value: unknown): boolean =>
  Number.isInteger(value) && Math.abs(value as number) <= PRIORITY_MAX;
const isLabels = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((label) => typeof label === "string");

const OPTIONS: readonly Option[] = [
  { name: "startAt", wanted: "epoch milliseconds", accepts: isInstant },
  { name: "priority", wanted: `a whole number up to ±${PRIORITY_MAX}`, accepts: isPriority },
  { name: "queue", wanted: "text", accepts: isText },
  { name: "idempotencyKey", wanted: "text", accepts: isText },
  { name: "labels", wanted: "an object whose values are text", accepts: isLabels },
];
