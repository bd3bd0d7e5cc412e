import { TerminalError } from "@pawl/kernel";
import { expect, it } from "vitest";
import { createConsoleLogger } from "../src/index.ts";

function logged(level?: "debug" | "info" | "warn" | "error") {
  const lines: string[] = [];
  const clock = { now: () => 0 };
  const options = { write: (line: string) => void lines.push(line), clock };
  return { lines, logger: createConsoleLogger(level ? { ...options, level } : options) };
}

it("writes one JSON object a line with time, level, message and facts", () => {
  const { lines, logger } = logged();
  logger.log("info", "started", { workerId: "w1", running: 3 });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      time: "1970-01-01T00:00:00.000Z",
      level: "info",
      message: "started",
      workerId: "w1",
      running: 3,
    },
  ]);
});

it("drops lines below its level", () => {
  const { lines, logger } = logged("warn");
  for (const level of ["debug", "info", "warn", "error"] as const) logger.log(level, level, {});
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(["warn", "error"]);
});

it("shows an error with its code, details and cause", () => {
  const { lines, logger } = logged();
  const error = new TerminalError("no", { details: { id: 1 }, cause: new Error("why") });
  logger.log("error", "failed", { error });
  expect(JSON.parse(lines[0] ?? "").error).toMatchObject({
    name: "TerminalError",
    message: "no",
    code: "E_TERMINAL",
    details: { id: 1 },
    cause: { message: "why" },
  });
});

it("writes for people on one line that steers no terminal", () => {
  const lines: string[] = [];
  const logger = createConsoleLogger({ format: "text", write: (line) => void lines.push(line) });
  const failure = { name: "TypeError", message: "no\u001B[2J such\nthing", stack: "at x" };
  logger.log("warn", "a step failed", { step: "pay", tries: 2, failure, none: undefined });
  logger.log("error", "large", { rows: Array.from({ length: 500 }, (_, at) => at), big: 1n });
  logger.log("info", "bare", {});
  expect(lines).toEqual([
    "warn: a step failed (step: pay, tries: 2, failure: TypeError: no such thing)",
    expect.stringMatching(/^error: large \(rows: \[0,1,2,.*…, big: 1\)$/),
    "info: bare",
  ]);
  const circular: { self?: unknown } = {};
  circular.self = circular;
  logger.log("warn", "circular", { circular });
  expect(lines.at(-1)).toBe("warn: circular");
});

it("never throws, whatever the facts are", () => {
  const { lines, logger } = logged();
  const circular: { big: bigint; self?: unknown } = { big: 1n };
  logger.log("info", "big", circular);
  circular.self = circular;
  logger.log("info", "circular", circular);
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(["big", "circular"]);
  expect(JSON.parse(lines[0] ?? "").big).toBe("1");
});
