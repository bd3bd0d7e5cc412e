import { createMemoryTransport, type TransportFaults } from "@pawl/transport-memory";
import { describe, expect, it } from "vitest";
import { sendAll, takeAll } from "./jobs.ts";
import { createVirtualTime } from "./virtual-time.ts";

const COUNT = 1_000;
const inOrder = Array.from({ length: COUNT }, (_, n) => n);
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function deliveredWith(faults: Omit<TransportFaults, "random">, seed = 1) {
  const time = createVirtualTime();
  const transport = createMemoryTransport({
    clock: time,
    runtime: time,
    faults: { random: seeded(seed), ...faults },
  });
  await sendAll(transport, COUNT, time.now());
  const now = await takeAll(transport);
  await time.advance(1_000);
  const later = await takeAll(transport);
  await time.advance(1_000_000);
  return { now, later, last: await takeAll(transport) };
}

describe("faults of the memory transport", () => {
  it("delivers everything once and in order when no chance is given", async () => {
    expect(await deliveredWith({})).toEqual({ now: inOrder, later: [], last: [] });
  });

  it("loses about as many as it was told", async () => {
    const { now, later, last } = await deliveredWith({ lose: 0.3 });
    expect(now.length).toBeGreaterThan(0.6 * COUNT);
    expect(now.length).toBeLessThan(0.8 * COUNT);
    expect([...later, ...last]).toEqual([]);
  });

  it("doubles into 2 to copiesMax and loses none", async () => {
    const { now } = await deliveredWith({ double: 1, copiesMax: 4 });
    const copies = inOrder.map((n) => now.filter((seen) => seen === n).length);
    expect([...new Set(copies)].sort()).toEqual([2, 3, 4]);
  });

  it("delays some, up to the longest, and delivers all in the end", async () => {
    const { now, later, last } = await deliveredWith({ delay: 0.5, delayMsMax: 1_000 });
    expect(now.length).toBeGreaterThan(0.4 * COUNT);
    expect(later.length).toBeGreaterThan(0.4 * COUNT);
    expect(last).toEqual([]);
    expect(sorted([...now, ...later])).toEqual(inOrder);
  });

  it("reorders without losing or doubling", async () => {
    const { now } = await deliveredWith({ reorder: 1 });
    expect(sorted(now)).toEqual(inOrder);
    const followed = now.filter((n, at) => now[at + 1] === n + 1).length;
    expect(followed).toBeLessThan(0.05 * COUNT);
  });

  it("forgets acknowledgements: the job comes again after its end", async () => {
    const { now, last } = await deliveredWith({ forgetAck: 0.5 });
    expect(now).toEqual(inOrder);
    expect(last.length).toBeGreaterThan(0.4 * COUNT);
    expect(last.length).toBeLessThan(0.6 * COUNT);
  });

  it("meets the same faults from the same seed, and others from another", async () => {
    const all = { lose: 0.3, double: 0.3, delay: 0.3, reorder: 0.5, forgetAck: 0.1 };
    const [one, same, other] = [
      await deliveredWith(all, 7),
      await deliveredWith(all, 7),
      await deliveredWith(all, 8),
    ];
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });
});
