import { type AnyWorkflow, checkInvariants, EngineError } from "@pawl/kernel";
import type { SessionRef } from "@pawl/kernel/ports";
import type { Dump } from "@pawl/persistence-memory";
import { expect, test } from "vitest";
import type { Harness, HarnessOptions } from "../../support/harness.ts";
import { inTurns } from "../../support/in-turns.ts";
import { Fleet } from "../fleet.ts";
import { eachSchedule, Gates, type Schedule } from "./interleave.ts";

/** One process of the race, with what a command needs that it was given before. */
export interface Party {
  readonly h: Harness;
  readonly session: SessionRef;
}

/** How a party's command ended. */
export type Ending = { readonly value: unknown } | { readonly code: string };

export interface Race<Facts> {
  readonly workflows: () => readonly AnyWorkflow[];
  readonly options?: HarnessOptions;
  /** Before the race, undisturbed. */
  readonly before: (parties: readonly Party[]) => Promise<Facts>;
  /** What happens at once, each in a process of its own. */
  readonly parties: readonly ((party: Party, facts: Facts) => Promise<unknown>)[];
  /** What must be true when all have ended. */
  readonly after: (race: Raced, facts: Facts) => void | Promise<void>;
}

export interface Raced {
  readonly endings: readonly Ending[];
  readonly fleet: Fleet;
  readonly parties: readonly Party[];
  dump(): Dump;
  /** Another process does all that is left. */
  drain(): Promise<void>;
}

const SCHEDULES_MAX = 250;
const PREEMPTIONS_MAX = 3;

/** Makes the race once for each schedule within the bounds; no invariant breaks in any. */
export function races<Facts>(title: string, race: Race<Facts>): void {
  test(title, { timeout: 60_000 }, async () => {
    const bounds = { preemptionsMax: PREEMPTIONS_MAX, schedulesMax: SCHEDULES_MAX };
    const made = await eachSchedule(bounds, (schedule) => once(race, schedule));
    expect(made, "schedules").toBeGreaterThan(1);
  });
}

async function once<Facts>(race: Race<Facts>, schedule: Schedule) {
  const fleet = new Fleet(race.workflows());
  const gates = new Gates();
  const parties = await Promise.all(
    race.parties.map(async (_, i): Promise<Party> => {
      const wrap: HarnessOptions["wrap"] = (inner) =>
        inTurns(inner, ({ side }) => (side === "call" ? gates.pass(i) : Promise.resolve()));
      const h = fleet.process({ ...race.options, wrap });
      return { h, session: await h.session() };
    }),
  );
  const facts = await race.before(parties);
  const endings: Ending[] = [];
  const acts = race.parties.map((act, i) => async () => {
    endings[i] = await endingOf(act(parties[i] as Party, facts));
  });
  const choices = await gates.run(fleet.world, acts, schedule);
  try {
    await check({ race, fleet, parties, endings, facts });
  } catch (error) {
    const order = choices.map(({ taken }) => taken).join("");
    throw new Error(`in the order ${order}: ${(error as Error).message}`, { cause: error });
  }
  return choices;
}

async function endingOf(act: Promise<unknown>): Promise<Ending> {
  try {
    return { value: await act };
  } catch (error) {
    if (EngineError.is(error)) return { code: error.code };
    throw error;
  }
}

interface Made<Facts> {
  readonly race: Race<Facts>;
  readonly fleet: Fleet;
  readonly parties: readonly Party[];
  readonly endings: readonly Ending[];
  readonly facts: Facts;
}

async function check<Facts>(made: Made<Facts>): Promise<void> {
  const { race, fleet, parties, endings, facts } = made;
  const other = fleet.process(race.options);
  const dump = () => other.persistence.dump();
  expect(endings.filter(Boolean)).toHaveLength(parties.length);
  expect(checkInvariants(dump())).toEqual([]);
  const drain = () => other.drain();
  await race.after({ endings, fleet, parties, dump, drain }, facts);
  expect(checkInvariants(dump())).toEqual([]);
}

export const answerOf = (ending: Ending | undefined): Record<string, unknown> =>
  ending && "value" in ending ? (ending.value as Record<string, unknown>) : {};

export const codeOf = (ending: Ending | undefined): string | undefined =>
  ending && "code" in ending ? ending.code : undefined;
