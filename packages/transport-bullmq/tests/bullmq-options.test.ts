import { expect, it } from "vitest";
import { createBullmqTransport } from "../src/index.ts";

const connection = "redis://127.0.0.1:1";

it.each([
  ["no connection", {}, '"connection"'],
  ["what others call it", { connection, visibilityTimeoutMs: 1_000 }, "visibilityTimeoutMs"],
  ["one queue for a list", { connection, queues: "default" }, '"queues"'],
  ["a queue that is no text", { connection, queues: [1] }, '"queues"'],
  ["a time that is none", { connection, visibilityMs: Number.NaN }, '"visibilityMs"'],
  ["no time at all", { connection, commandTimeoutMs: 0 }, '"commandTimeoutMs"'],
  ["longer than timers go", { connection, recoveryIntervalMs: 2 ** 31 }, '"recoveryIntervalMs"'],
])("refuses %s by name", (_, options, named) => {
  const create = () => createBullmqTransport(options as never);
  expect(create).toThrow(expect.objectContaining({ code: "E_ARGUMENT_INVALID" }));
  expect(create).toThrow(named);
});

it.each(["redis//:secret@host", "http://:secret@host", 6_379, null])(
  "refuses %s as a connection, and does not show it",
  (given) => {
    const create = () => createBullmqTransport({ connection: given as never });
    expect(create).toThrow(/"connection"/);
    expect(create).not.toThrow(/secret/);
  },
);
