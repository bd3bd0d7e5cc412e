import { type Construct, inSequence, type Outcomes, type Part, shortText } from "../construct.ts";

interface Members extends Part {
  readonly members: readonly Part[];
}

export interface AllPart extends Members {
  readonly type: "all";
}

export interface RacePart extends Members {
  readonly type: "race";
}

export interface MapPart extends Part {
  readonly type: "map";
  readonly items: number;
  readonly concurrency: number;
  readonly member: Part;
}

/** Members at once; one that fails fails all. */
export const all: Construct<AllPart> = {
  type: "all",
  weight: 3,
  nests: true,
  draw: ({ newKey, parts }) => ({ type: "all", key: newKey(), members: parts(0, 4) }),
  run: async ({ members }, body) => {
    const values = await body.ctx.all(members.map((member) => body.run(member)));
    return shortText(values.join());
  },
  outcomes: ({ members }, model) => together(members.map((member) => model.of(member))),
};

/** The first to settle, whatever it comes to. */
export const race: Construct<RacePart> = {
  type: "race",
  weight: 2,
  nests: true,
  draw: ({ newKey, parts }) => ({ type: "race", key: newKey(), members: parts(2, 3) }),
  run: async ({ members }, body) => {
    const winner = await body.ctx.race(members.map((member) => body.run(member)));
    return String(winner);
  },
  outcomes: ({ members }, model) => new Set(members.flatMap((member) => [...model.of(member)])),
};

/** One member for each of some items, so many at once. */
export const map: Construct<MapPart> = {
  type: "map",
  weight: 2,
  nests: true,
  draw: ({ chance, newKey, part }) => ({
    type: "map",
    key: newKey(),
    items: chance.int(0, 5),
    concurrency: chance.int(1, 4),
    member: part(),
  }),
  run: async ({ items, concurrency, member }, body) => {
    const each = (_: number, index: number) => body.run(member, `.${index}`);
    const values = await body.ctx.map(Array.from({ length: items }, Number), each, { concurrency });
    return shortText(values.join());
  },
  outcomes: ({ items, member }, model) =>
    together(Array.from({ length: items }, (_, i) => model.of(member, `.${i}`))),
};

/** Any failure that may come first, or all the values. */
function together(members: readonly Outcomes[]): Outcomes {
  const failures = members.flatMap((outcomes) => [...outcomes].filter(isFailure));
  const values = members.map((outcomes) => new Set([...outcomes].filter((one) => !isFailure(one))));
  if (values.some((one) => one.size === 0)) return new Set(failures);
  const ways = inSequence(values).map((way) => way.map((one) => one.slice(1)).join());
  return new Set([...failures, ...ways.map((way) => `=${shortText(way)}`)]);
}

const isFailure = (outcome: string): boolean => outcome.startsWith("!");
