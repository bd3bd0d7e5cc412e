import { isDeepStrictEqual } from "node:util";
import { runInNewContext } from "node:vm";
import { EngineError } from "@pawl/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalText } from "../../src/state/canonical.ts";
import { DEPTH_MAX, decodeValue, encodeValue } from "../../src/state/codec.ts";

const roundTrip = (value: unknown): unknown => decodeValue(encodeValue(value));

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom("\ud800", "\udfffx", "a\u0000b", "\u2028", "$", "__proto__", ""),
);

const key = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "$",
    "v",
    "__proto__",
    "constructor",
    "toString",
    "toJSON",
    "valueOf",
    "\ud83d",
    "0",
  ),
);

const scalar = fc.oneof(
  text,
  fc.boolean(),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 64 }),
  fc.constantFrom(null, undefined, -0, Number.NaN, Number.POSITIVE_INFINITY),
);

const objectOf = (entries: readonly (readonly [string, unknown])[]): object =>
  Object.fromEntries(entries);

const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map(objectOf),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 }).map((p) => new Map(p)),
    fc.array(tie("value"), { maxLength: 4 }).map((items) => new Set(items)),
  ),
}));

const WRAPS: readonly ((inner: unknown) => unknown)[] = [
  (inner) => [inner],
  (inner) => ({ a: inner }),
  (inner) =>
    objectOf([
      ["$", inner],
      ["__proto__", 1],
    ]),
  (inner) => new Map([["k", inner]]),
];

/** Trees of the allowed types, some of them one long branch. */
const tree = fc.oneof(
  { weight: 19, arbitrary: anything },
  {
    weight: 1,
    arbitrary: fc
      .tuple(scalar, fc.array(fc.constantFrom(...WRAPS), { maxLength: DEPTH_MAX - 1, size: "max" }))
      .map(([value, wraps]) => wraps.reduce((inner, wrap) => wrap(inner), value as unknown)),
  },
);

const nested = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
};

describe("values survive storage [25]", () => {
  it("whatever they are made of: any tree of the allowed types comes back equal", () => {
    fc.assert(
      fc.property(tree, (value) => {
        if (!isDeepStrictEqual(roundTrip(value), value)) throw new Error("came back as another");
      }),
      { numRuns: 10_000 },
    );
  }, 60_000);

  it.each(["\n", "\u0000", '"', "\\", "\ud800", "\udfff", "\u001f", "a\nb", "\u{1f600}"])(
    "keys that JSON escapes, such as %j, in objects of one shape after another",
    (key) => {
      const value = [
        { x: 1, pa: 1, [key]: 1 },
        { zz: 1, [key]: 1 },
        { zz: 1, [key]: { [key]: 2 } },
      ];
      for (let i = 0; i < 50; i++) expect(roundTrip(value)).toEqual(value);
    },
  );

  it.each<[string, unknown]>([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["-0", -0],
    ["the largest number", Number.MAX_VALUE],
    ["the least number", Number.MIN_VALUE],
    ["undefined", undefined],
    ["null", null],
    ["a bigint beyond numbers", 2n ** 200n],
    ["a negative bigint", -1n],
    ["a date", new Date("2024-02-29T23:59:59.999Z")],
    ["a date before 1970", new Date(-1)],
    ["an invalid date", new Date(Number.NaN)],
    ["no bytes", new Uint8Array()],
    ["every byte", Uint8Array.from({ length: 256 }, (_, i) => i)],
    ["a lone high surrogate", "\ud800"],
    ["a lone low surrogate", "x\udc00y"],
    ["NUL", "a\u0000b"],
    [
      "a Map with keys of any kind",
      new Map<unknown, unknown>([
        [{ a: 1 }, [1]],
        [Number.NaN, -0],
      ]),
    ],
    ["a Set of Sets", new Set([new Set([1]), new Set()])],
    ["an object that looks like a tag", { $: "date", v: 0 }],
    ["an object with a key $ that is undefined", { $: undefined, a: [{ $: { $: 1 } }] }],
    ["an empty object and array", [{}, []]],
  ])("%s", (_, value) => {
    expect(roundTrip(value)).toStrictEqual(value);
    expect(roundTrip({ in: [value] })).toStrictEqual({ in: [value] });
  });

  it("array holes come back as undefined", () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    expect(roundTrip([1, , 3])).toStrictEqual([1, undefined, 3]);
  });

  it("an object without prototype comes back as a plain one", () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    expect(roundTrip(bare)).toStrictEqual({ a: 1 });
  });

  it("what comes back can be changed like any object", () => {
    const back = roundTrip({ a: 1, b: 2 }) as Record<string, number | undefined>;
    back.a = 5;
    delete back.b;
    expect(back).toStrictEqual({ a: 5 });
  });

  it("a Buffer comes back as the same bytes", () => {
    expect(roundTrip(Buffer.from("pawl"))).toStrictEqual(new Uint8Array(Buffer.from("pawl")));
  });

  it("values of another realm are kept like those of this one", () => {
    const source =
      "({ d: new Date(5), m: new Map([[1, [2]]]), s: new Set([3]), b: new Uint8Array([4]) })";
    expect(roundTrip(runInNewContext(source))).toStrictEqual({
      d: new Date(5),
      m: new Map([[1, [2]]]),
      s: new Set([3]),
      b: new Uint8Array([4]),
    });
  });

  it("an object that is referred to twice comes back as two equal ones", () => {
    const shared = { a: 1 };
    expect(roundTrip([shared, shared])).toStrictEqual([{ a: 1 }, { a: 1 }]);
  });

  it("keys of Object.prototype are plain data, and nothing is inherited from them", () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"toString":3}');
    const back = roundTrip(hostile) as Record<string, unknown>;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.keys(back)).toEqual(["__proto__", "constructor", "toString"]);
    expect(back.polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each<[string, (inner: unknown) => unknown]>([
    ["arrays", (inner) => [inner]],
    ["objects", (inner) => ({ a: inner })],
    ["objects with a key $", (inner) => ({ $: inner })],
    ["maps", (inner) => new Map([[1, inner]])],
    ["map keys", (inner) => new Map([[inner, 1]])],
    ["sets", (inner) => new Set([inner])],
  ])("%s nested as deep as allowed do, one level more is refused", (_, wrap) => {
    const deepest = nested(DEPTH_MAX, wrap);
    expect(encodeValue(roundTrip(deepest))).toBe(encodeValue(deepest));
    expect(() => encodeValue(wrap(deepest))).toThrow(`more than ${DEPTH_MAX} levels`);
  });
});

class Point {
  readonly x: number = 1;
}
class Names extends Map<string, string> {}
class Rows extends Array<number> {}
class Day extends Date {}
class Ids extends Set<number> {}

const circular = (): object => {
  const value: Record<string, unknown> = { list: [] };
  (value.list as unknown[]).push({ back: value });
  return value;
};

describe("what would change in storage is refused with its path [24]", () => {
  it.each<[string, unknown, string]>([
    ["a function", () => 1, "$"],
    ["a function in an array", { a: [1, () => 1] }, "$.a[1]"],
    ["a symbol", { s: Symbol("s") }, "$.s"],
    ["a symbol key", { deep: { [Symbol("s")]: 1 } }, "$.deep"],
    ["a class instance", { at: new Point() }, "$.at"],
    ["an error", new Error("no"), "$"],
    ["a promise", [Promise.resolve(1)], "$[0]"],
    ["a regular expression", { r: /a/ }, "$.r"],
    ["a boxed number", Object(1), "$"],
    ["a WeakMap", new WeakMap(), "$"],
    ["a Float64Array", new Float64Array(1), "$"],
    ["an ArrayBuffer", new ArrayBuffer(1), "$"],
    ["a subclass of Map", new Names(), "$"],
    ["a subclass of Array", Rows.from([1]), "$"],
    ["a subclass of Date", new Day(), "$"],
    ["a subclass of Set", new Ids(), "$"],
    ["an object that claims to be a Date", { [Symbol.toStringTag]: "Date" }, "$"],
    ["an array with a name of its own", { m: /b/.exec("abc") }, "$.m"],
    ["a fault in a Map's key", new Map([[() => 1, 1]]), "$.key(0)"],
    ["a fault in a Map's value", new Map([["k", { f: () => 1 }]]), "$.get(0).f"],
    ["a fault in a Set", new Set([1, () => 1]), "$.item(1)"],
    ["a cycle", circular(), "$.list[0].back"],
  ])("%s", (_, value, path) => {
    const refused = () => encodeValue(value);
    expect(refused).toThrow(EngineError);
    expect(refused).toThrow(`A value can't be stored: at ${path} it is `);
    try {
      refused();
    } catch (error) {
      expect(error).toMatchObject({ code: "E_NOT_ENCODABLE", details: { path } });
    }
  });

  it("an object that doubles at every level ends with a typed error, not with the memory", () => {
    const doubling = nested(60, (inner) => [inner, inner]);
    expect(() => encodeValue(doubling)).toThrow(EngineError);
  }, 60_000);
});

const snapshotOfPrototypes = () =>
  [Object.prototype, Array.prototype, Map.prototype, Function.prototype, Date.prototype].map((p) =>
    Reflect.ownKeys(p).map(String),
  );

const hostileJson = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, 0, -1, 1e308, "", "x", "-0", "NaN", "AAAA", "A===", "9".repeat(50)),
    fc.array(tie("node"), { maxLength: 4 }),
    fc.array(fc.tuple(tie("node"), tie("node")), { maxLength: 3 }),
    fc
      .tuple(
        fc.constantFrom(
          "undefined",
          "number",
          "bigint",
          "date",
          "bytes",
          "map",
          "set",
          "object",
          "function",
          "__proto__",
          "constructor",
          "toString",
          1,
          null,
        ),
        tie("node"),
      )
      .map(([$, v]) => ({ $, v })),
    fc.array(fc.tuple(key, tie("node")), { maxLength: 4 }).map(objectOf),
  ),
})).node;

const genuine = tree.map(encodeValue);

const mutilated = fc
  .tuple(
    fc.oneof(
      hostileJson.map((json) => JSON.stringify(json)),
      genuine,
    ),
    fc.nat(),
    fc.nat(3),
    fc.string({ unit: "binary", maxLength: 4 }),
  )
  .map(([source, at, cut, put]) => {
    const from = at % (source.length + 1);
    return source.slice(0, from) + put + source.slice(from + cut);
  });

const truncated = ([text, at]: readonly [string, number]): string =>
  text.slice(0, at % (text.length + 1));

describe("texts of others", () => {
  const decodesSafely = (source: string): void => {
    let value: unknown;
    try {
      value = decodeValue(source);
    } catch (error) {
      if (!EngineError.is(error, "E_ROW_CORRUPT")) throw error;
      return;
    }
    if (!isDeepStrictEqual(roundTrip(value), value)) throw new Error(`${source} changes again`);
  };

  it("10,000 hostile ones decode to plain data or a typed error and pollute nothing", () => {
    const before = snapshotOfPrototypes();
    const source = fc.oneof(
      { weight: 5, arbitrary: hostileJson.map((json) => JSON.stringify(json)) },
      { weight: 5, arbitrary: mutilated },
      { weight: 2, arbitrary: fc.tuple(genuine, fc.nat()).map(truncated) },
      { weight: 2, arbitrary: fc.string({ unit: "binary" }) },
    );
    fc.assert(fc.property(source, decodesSafely), { numRuns: 10_000 });
    expect(snapshotOfPrototypes()).toEqual(before);
  }, 60_000);

  it.each([
    ["no text", ""],
    ["half a text", '{"a":'],
    ["an unknown tag", '{"$":"function","v":"() => 1"}'],
    ["a tag that every object inherits", '{"$":"constructor"}'],
    ["a tag that is no text", '{"$":{"$":"map"}}'],
    ["a number that is none", '{"$":"number","v":"1"}'],
    ["a number named like a method", '{"$":"number","v":"toString"}'],
    ["a bigint with a fraction", '{"$":"bigint","v":"1.5"}'],
    ["a bigint that is no text", '{"$":"bigint","v":1}'],
    ["bytes that are no base64", '{"$":"bytes","v":"A"}'],
    ["bytes with letters outside the alphabet", '{"$":"bytes","v":"AA*="}'],
    ["a date of an object", '{"$":"date","v":{"valueOf":1,"toString":1}}'],
    ["a date of an array", '{"$":"date","v":[]}'],
    ["a date of text", '{"$":"date","v":"2020"}'],
    ["a map that is no list", '{"$":"map","v":{}}'],
    ["a map of triples", '{"$":"map","v":[[1,2,3]]}'],
    ["a set that is no list", '{"$":"set","v":"ab"}'],
    ["an object with a key that is none", '{"$":"object","v":[[{"toString":1},1]]}'],
    ["a tag without a value", '{"$":"map"}'],
  ])("%s is a typed error", (_, source) => {
    expect(() => decodeValue(source)).toThrow(EngineError);
    expect(() => decodeValue(source)).toThrow("A stored payload can't be read");
  });

  it("nesting of 100,000 levels is a typed error, not a stack overflow", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
      ['{"$":"set","v":[', "]}"],
    ] as const) {
      const source = open.repeat(100_000) + 1 + close.repeat(100_000);
      expect(() => decodeValue(source)).toThrow(EngineError);
    }
  });
});

describe("canonical text", () => {
  it("does not depend on the order of keys, at any depth, also beside a key $", () => {
    expect(canonicalText({ a: 1, b: { c: 2, d: [{ e: 3, f: 4 }] } })).toBe(
      canonicalText({ b: { d: [{ f: 4, e: 3 }], c: 2 }, a: 1 }),
    );
    expect(canonicalText({ $: 1, a: 2 })).toBe(canonicalText({ a: 2, $: 1 }));
  });

  it.each<[unknown, unknown]>([
    [{ a: 1 }, [["a", 1]]],
    [{}, []],
    [{ $: "date", v: 1 }, new Date(1)],
    [{ "": [["a", 1]] }, { a: 1 }],
    ["1", 1],
    [1, 1n],
    [0, -0],
    [null, undefined],
    [
      [1, 2],
      [2, 1],
    ],
    [new Set([1]), [1]],
    [new Map([["a", 1]]), { a: 1 }],
    [{ a: undefined }, {}],
  ])("tells %o from %o", (one, other) => {
    expect(canonicalText(one)).not.toBe(canonicalText(other));
  });
});
