import type { CrashSide } from "../process/port-call.ts";

export type Role = "worker" | "starter";

/** The instant at which a process dies: at a call of its own, counted from 1. */
export interface CrashPoint {
  readonly role: Role;
  /** Which process of that role: 1, or 2 for the one that took over. */
  readonly life: number;
  readonly call: number;
  readonly side: CrashSide;
  /** What becomes of its other calls that have been made and have not taken effect. */
  readonly others: "lost" | "land";
}

export const lifeText = (role: Role, life: number): string => `${role}.${life}`;

/** Such as `worker.1:17:after`, or `worker.1:17:after:land`. */
export const pointText = ({ role, life, call, side, others }: CrashPoint): string =>
  `${lifeText(role, life)}:${call}:${side}${others === "land" ? ":land" : ""}`;

const POINT = /^(worker|starter)\.([1-9]\d{0,8}):([1-9]\d{0,8}):(before|after|answered)(:land)?$/;

/** The point that a text names, as `pointText` writes it; undefined where it names none. */
export function pointOf(text: string): CrashPoint | undefined {
  const [, role, life, call, side, land] = POINT.exec(text) ?? [];
  if (side === undefined) return undefined;
  return {
    role: role as Role,
    life: Number(life),
    call: Number(call),
    side: side as CrashSide,
    others: land ? "land" : "lost",
  };
}

/**
 * Every instant of a life, told how many calls were under way beside each of its own. Where there
 * were any, a crash comes once with all of them lost and once with all of them taking effect. What
 * a process does with an answer, its next calls tell: their instants come of their own.
 */
export const pointsOfLife = (
  role: Role,
  life: number,
  beside: readonly number[],
): readonly CrashPoint[] =>
  beside.flatMap((others, i) => {
    const at = { role, life, call: i + 1 } as const;
    const both = (["before", "after"] as const).flatMap((side) => [
      { ...at, side, others: "lost" } as const,
      ...(others > 0 ? [{ ...at, side, others: "land" } as const] : []),
    ]);
    return [...both, { ...at, side: "answered", others: "lost" } as const];
  });
