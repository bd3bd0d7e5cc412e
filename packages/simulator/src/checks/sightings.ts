import type { Complaint } from "./changes.ts";

/** Something that a body saw settle. */
export interface Sighting {
  readonly text: string;
  /** False for what is stored only with the next commit: a crash may undo it. */
  readonly durable: boolean;
  /** How many sightings there were when it was asked for. */
  readonly askedAt: number;
  /** Settles in no recorded order: nothing that follows is compared. */
  readonly loose?: true;
}

/** What one execution of a stage saw, in order. */
export type Sight = Sighting[];

/** I17: every execution of a stage attempt sees the same values in the same order. */
export class Sightings {
  readonly #sights = new Map<string, Sight[]>();

  /** Begins the list of an execution of this attempt of a stage. */
  begin(stage: string): Sight {
    const sight: Sight = [];
    const sights = this.#sights.get(stage) ?? [];
    sights.push(sight);
    this.#sights.set(stage, sights);
    return sight;
  }

  check(): readonly Complaint[] {
    return [...this.#sights].flatMap(([stage, sights]) => {
      const firm = sights.map(firmPart);
      const longest = firm.reduce((a, b) => (b.length > a.length ? b : a), []);
      const wrong = firm.findIndex((part) => part.some((text, i) => text !== longest[i]));
      if (wrong < 0) return [];
      const at = firm[wrong]?.findIndex((text, i) => text !== longest[i]) ?? 0;
      return [
        [
          "I17",
          `execution ${wrong + 1} of ${stage} saw ${firm[wrong]?.[at]} as number ${at + 1}, ` +
            `another saw ${longest[at]}`,
        ],
      ];
    });
  }
}

/** Up to the first sighting that nothing durable was asked for after. */
function firmPart(sight: Sight): readonly string[] {
  const loose = sight.findIndex(
    (one, at) =>
      one.loose || (!one.durable && !sight.some((later) => later.durable && later.askedAt > at)),
  );
  return (loose < 0 ? sight : sight.slice(0, loose)).map(({ text }) => text);
}
