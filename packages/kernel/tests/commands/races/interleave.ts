import type { VirtualWorld } from "../../support/virtual-world.ts";

/** Which party may make its next call of the port, at every point where there is a choice. */
export type Schedule = readonly number[];

/** A choice that was made: which of these was let go on. */
interface Choice {
  readonly among: readonly number[];
  readonly taken: number;
  /** Another party than the one that could have gone on. */
  readonly preempts: boolean;
}

/** Lets one call of the port happen at a time, in an order that is given. */
export class Gates {
  /** By party, in the order of its calls. */
  readonly #waiting = new Map<number, (() => void)[]>();
  #open = true;

  /** Settles when this party may make its next call. */
  pass(party: number): Promise<void> {
    if (this.#open) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(party, [...(this.#waiting.get(party) ?? []), resolve]);
    });
  }

  /**
   * Runs the parties to their ends: by the schedule as far as it goes, then each as long as it
   * has something to call. Answers the choices that there were.
   */
  async run(
    world: VirtualWorld,
    parties: readonly (() => Promise<unknown>)[],
    schedule: Schedule,
  ): Promise<readonly Choice[]> {
    this.#open = false;
    let running = parties.length;
    for (const party of parties) {
      const end = () => {
        running -= 1;
      };
      party().then(end, end);
    }
    const choices: Choice[] = [];
    let last: number | undefined;
    for (let idle = 0; idle < IDLE_MAX; ) {
      await world.settle();
      const among = [...this.#waiting.keys()].sort();
      if (among.length > 0) {
        last = this.#choose(choices, { among, last, given: schedule[choices.length] });
      } else if (running === 0) {
        this.#open = true;
        return choices;
      } else {
        idle += 1;
        await world.advance(TICK_MS);
      }
    }
    throw new Error(`a party of schedule ${schedule.join("")} never comes to its end`);
  }

  #choose(
    choices: Choice[],
    at: {
      readonly among: readonly number[];
      readonly last: number | undefined;
      readonly given: number | undefined;
    },
  ): number {
    const { among, last, given } = at;
    const goesOn = last !== undefined && among.includes(last);
    const usual = goesOn ? last : (among[0] as number);
    const taken = given !== undefined && among.includes(given) ? given : usual;
    choices.push({ among, taken, preempts: goesOn && taken !== last });
    const [go, ...later] = this.#waiting.get(taken) ?? [];
    if (later.length > 0) this.#waiting.set(taken, later);
    else this.#waiting.delete(taken);
    go?.();
    return taken;
  }
}

const TICK_MS = 10;
const IDLE_MAX = 1_000;

export interface Bounds {
  /** How often a party that could go on is held up for another. */
  readonly preemptionsMax: number;
  readonly schedulesMax: number;
}

/**
 * Every schedule within the bounds, those with fewest preemptions first. `attempt` makes the race
 * from the beginning and answers the choices that it met.
 */
export async function eachSchedule(
  { preemptionsMax, schedulesMax }: Bounds,
  attempt: (schedule: Schedule) => Promise<readonly Choice[]>,
): Promise<number> {
  let level: Schedule[] = [[]];
  let made = 0;
  for (let preemptions = 0; preemptions <= preemptionsMax; preemptions++) {
    const next: Schedule[] = [];
    for (const queue = level; queue.length > 0; ) {
      if (made === schedulesMax) return made;
      const schedule = queue.shift() as Schedule;
      const choices = await attempt(schedule);
      made += 1;
      for (const other of othersOf(schedule, choices)) {
        if (other.preempts) next.push(other.schedule);
        else queue.push(other.schedule);
      }
    }
    level = next;
  }
  return made;
}

/** Schedules that leave this one at a choice behind those that were given. */
function othersOf(
  given: Schedule,
  choices: readonly Choice[],
): readonly { readonly schedule: Schedule; readonly preempts: boolean }[] {
  const taken = choices.map((choice) => choice.taken);
  return choices.flatMap((choice, at) => {
    if (at < given.length) return [];
    const before = taken.slice(0, at);
    const goesOn = before.at(-1);
    const preempts = goesOn !== undefined && choice.among.includes(goesOn);
    return choice.among
      .filter((party) => party !== choice.taken)
      .map((party) => ({ schedule: [...before, party], preempts }));
  });
}
