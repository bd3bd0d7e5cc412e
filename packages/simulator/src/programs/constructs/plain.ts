import { type Construct, type Part, shortText, succeeds } from "../construct.ts";

export interface CaughtPart extends Part {
  readonly type: "caught";
  readonly member: Part;
}

export interface AgainPart extends Part {
  readonly type: "again";
  readonly times: number;
  readonly member: Part;
}

export interface ChancePart extends Part {
  readonly type: "chance";
}

export interface NotesPart extends Part {
  readonly type: "notes";
  readonly size: number;
}

/** A failure that the body catches and goes on from. */
export const caught: Construct<CaughtPart> = {
  type: "caught",
  weight: 3,
  nests: true,
  draw: ({ newKey, part }) => ({ type: "caught", key: newKey(), member: part() }),
  run: async ({ key, member }, body) => {
    const askedAt = body.seen();
    try {
      return await body.run(member);
    } catch (error) {
      const { name } = error as Error;
      if (name === "StepInDoubtError") throw error;
      body.saw(`${key}${body.suffix} caught ${name}`, { durable: false, askedAt });
      return `caught ${name}`;
    }
  },
  outcomes: ({ member }, model) =>
    new Set(
      [...model.of(member)].map((outcome) =>
        outcome.startsWith("!") ? `=caught ${outcome.slice(1)}` : outcome,
      ),
    ),
};

/** The same keys several times, one after the other: occurrences are counted. */
export const again: Construct<AgainPart> = {
  type: "again",
  weight: 1,
  nests: true,
  draw: ({ chance, newKey, part }) => ({
    type: "again",
    key: newKey(),
    times: chance.int(2, 3),
    member: part(),
  }),
  run: async ({ times, member }, body) => {
    let value = "";
    for (let i = 0; i < times; i++) value = await body.run(member);
    return value;
  },
  outcomes: ({ member }, model) => model.of(member),
};

/** Time and chance as the body sees them; they are no part of what it answers. */
export const chance: Construct<ChancePart> = {
  type: "chance",
  weight: 2,
  nests: false,
  draw: ({ newKey }) => ({ type: "chance", key: newKey() }),
  run: async (_, body) => {
    const { ctx } = body;
    const text = `${ctx.now()} ${ctx.random()} ${ctx.uuid()}`;
    body.saw(text, { durable: true, askedAt: 0 });
    return "drawn";
  },
  outcomes: () => succeeds("drawn"),
};

/** Logs, progress and an artifact that is read back. */
export const notes: Construct<NotesPart> = {
  type: "notes",
  weight: 1,
  nests: false,
  draw: ({ chance: draw, newKey }) => ({
    type: "notes",
    key: newKey(),
    size: draw.chance(0.3) ? draw.int(200, 2_000) : 3,
  }),
  run: async ({ key, size }, body) => {
    const { ctx, suffix } = body;
    const name = key + suffix;
    body.saw(`${name} noted`, { durable: false, askedAt: 0, loose: true });
    ctx.log("info", name, { size });
    ctx.progress(name);
    await ctx.storage.put(name, name.padEnd(size, "·"));
    const stored = await ctx.storage.get(name);
    return shortText(String(stored));
  },
  outcomes: ({ key, size }, { suffix }) => succeeds(shortText((key + suffix).padEnd(size, "·"))),
};
