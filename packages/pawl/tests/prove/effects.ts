import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a step's body left outside the database when it was entered. */
export interface Effect {
  /** Names the step in its run as user code knows it. */
  readonly step: string;
  readonly idempotencyKey: string;
  readonly pid: number;
  readonly fence: number;
  readonly attempt: number;
  readonly at: number;
}

const fileOf = (directory: string): string => join(directory, "effects");

export function leaveEffect(directory: string, effect: Effect): void {
  appendFileSync(fileOf(directory), `${JSON.stringify(effect)}\n`);
}

/** In the order in which they were left. */
export function effectsIn(directory: string): readonly Effect[] {
  if (!existsSync(fileOf(directory))) return [];
  const lines = readFileSync(fileOf(directory), "utf8").split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Effect);
}

/** Stage that a key for side effects belongs to: `run/stage/map/generation`. */
export const stageOf = ({ idempotencyKey }: Pick<Effect, "idempotencyKey">): string =>
  idempotencyKey.split("/").slice(0, 4).join("/");
