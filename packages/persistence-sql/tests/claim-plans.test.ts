import { claimOf, stageKey } from "@pawl/test-parts/plans";
import { describe, expect, test } from "vitest";
import {
  claimStatement,
  openAttempts,
  resolveWaits,
  upstreamOutputs,
} from "../src/statements/claim.ts";
import { lastSeqs, memoSteps, memoWaits, openWaitsOf } from "../src/statements/memo.ts";
import type { Statement } from "../src/statements/statement.ts";
import { planLines, scansOf, schema, sortsOf } from "./explain.ts";

describe("claims", () => {
  const stages = [stageKey("run")];
  test.each([
    ["of all queues", {}, "stages_claim (namespace=? AND queue=? AND definition=?)"],
    ["of some queues", { queues: ["a", "b"] }, "stages_claim (namespace=? AND queue=? AND defin"],
    [
      "of suspended stages",
      {},
      "stages_due (namespace=? AND queue=? AND definition=? AND wake_at<?)",
    ],
    ["that except runs", { exceptRuns: ["a"] }, "stages_claim (namespace=? AND queue=? AND defin"],
    ["of a suspect", { alone: true }, "stages_suspects (namespace=?)"],
    ["of wanted stages", { stages }, "sqlite_autoindex_stages_1 (run_id=? AND stage_id=?"],
  ])("%s go by their index", (_, part, index) => {
    const statement = claimStatement(schema, claimOf(part), 1);
    expect(planLines(statement).join("\n")).toContain(index);
    expect(scansOf(statement)).toEqual([]);
  });

  test("read the first of a lane without sorting the lane", () => {
    const lane = /ORDER BY c\.claim_rank/;
    const statement = claimStatement(schema, claimOf(), 1);
    expect(statement.text).toMatch(lane);
    expect(sortsOf(statement)).toHaveLength(1);
  });
});

const key = JSON.stringify([["run", "fetch", 0, 0]]);
const start = { keys: key, afterSeq: 0, recordsMax: 10 };

test.each<[string, readonly Statement[]]>([
  ["the memo of a claim", [memoSteps(schema, start), memoWaits(schema, start)]],
  ["the waits of a claim", [openWaitsOf(schema, key), resolveWaits(schema, key, 1)]],
  ["the rest of a claim", [lastSeqs(schema, key), openAttempts(schema, key)]],
  ["outputs that a claim reads", [upstreamOutputs(schema, JSON.stringify([["run", "a"]]))]],
])("%s is read without a scan", (_, statements) => {
  expect(statements.flatMap(scansOf)).toEqual([]);
});
