import { expect, test } from "vitest";
import { VirtualWorld } from "../../support/virtual-world.ts";
import { eachSchedule, Gates } from "./interleave.ts";

/** The orders in which parties of so many calls each were let go on. */
async function ordersOf(calls: readonly number[], preemptionsMax: number): Promise<string[]> {
  const orders: string[] = [];
  await eachSchedule({ preemptionsMax, schedulesMax: 1_000 }, async (schedule) => {
    const gates = new Gates();
    let order = "";
    const parties = calls.map((count, party) => async () => {
      for (let i = 0; i < count; i++) {
        await gates.pass(party);
        order += party;
      }
    });
    const choices = await gates.run(new VirtualWorld(), parties, schedule);
    orders.push(order);
    return choices;
  });
  return orders;
}

test("every order of the calls of two parties is met once", async () => {
  const orders = await ordersOf([2, 2], 4);
  expect(orders.toSorted()).toEqual(["0011", "0101", "0110", "1001", "1010", "1100"]);
});

test("of three parties too", async () => {
  const orders = await ordersOf([2, 2, 2], 6);
  expect(new Set(orders).size).toBe(90);
  expect(orders).toHaveLength(90);
});

test("those that hold up a party least come first, and no more than asked for", async () => {
  expect(await ordersOf([2, 2], 0)).toEqual(["0011", "1100"]);
  expect((await ordersOf([2, 2], 1)).toSorted()).toEqual(["0011", "0110", "1001", "1100"]);
});
