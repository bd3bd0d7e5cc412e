import { expect, it } from "vitest";
import { turnsOf } from "../src/turns.ts";

const options = {
  store: "postgres",
  workloads: ["parallel", "server-idle"],
  engines: ["pawl", "openworkflow", "dbos"],
  repetitions: 2,
  quick: false,
} as const;

const namesOf = (repetition: number): readonly (readonly string[])[] =>
  turnsOf(options, repetition).map((turn) =>
    turn.map(({ workload, engine }) => `${workload} ${engine}`),
  );

it("engines have the machine for themselves, but where they do nothing", () => {
  expect(namesOf(0)).toEqual([
    ["parallel pawl"],
    ["parallel openworkflow"],
    ["parallel dbos"],
    ["server-idle pawl", "server-idle openworkflow", "server-idle dbos"],
  ]);
});

it("every second repetition goes through the engines backwards", () => {
  expect(namesOf(1).slice(0, 3)).toEqual([
    ["parallel dbos"],
    ["parallel openworkflow"],
    ["parallel pawl"],
  ]);
});
