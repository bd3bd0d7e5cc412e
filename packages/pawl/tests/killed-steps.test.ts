import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Apps, temporaryApps } from "./apps.ts";
import { countedWorkflow } from "./counted-workflow.ts";

const PROGRAM = fileURLToPath(new URL("counted-program.ts", import.meta.url));

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

/** Runs the program to its end and answers the signal that ended it, and what it said. */
async function launch(dies: string, directory = apps.directory) {
  const execArgv = ["--conditions=source"];
  const child = fork(PROGRAM, [directory, dies], { execArgv, serialization: "advanced" });
  let output: unknown;
  child.on("message", (message) => {
    output = message;
  });
  const [, signal] = await once(child, "exit");
  return { signal, output };
}

/** Marks that bodies left: how many by step, and the keys that they were handed. */
function marks() {
  const lines = readFileSync(join(apps.directory, "marks"), "utf8").trim().split("\n");
  const entered = lines.map((line) => line.split(" ", 1)[0]);
  const counts = Object.fromEntries(
    entered.map((step) => [step, entered.filter((other) => other === step).length]),
  );
  return { counts, keys: new Set(lines) };
}

/** What the run's tables say, by an app that executes nothing. */
async function stored() {
  const nothing = async (): Promise<void> => {};
  const counted = countedWorkflow({ mark: nothing, recorded: nothing });
  const app = await apps.open([counted], { worker: false });
  const [run] = (await app.kernel.query.listRuns()).runs;
  return app.kernel.query.getTimeline(run?.id ?? "");
}

const OUTPUT = ["first", "second", "third"].map((step) => ({ step, at: new Date(7), n: 14 }));

it("killed after its second step committed, a run goes on with the third [1]", async () => {
  expect((await launch("afterCommit")).signal).toBe("SIGKILL");
  expect(marks().counts).toEqual({ first: 1, second: 1 });
  expect(await launch("never")).toEqual({ signal: null, output: OUTPUT });
  expect(marks().counts).toEqual({ first: 1, second: 1, third: 1 });
}, 30_000);

it("killed between effect and commit, a step is tried again with one key [2] [3]", async () => {
  expect((await launch("beforeCommit")).signal).toBe("SIGKILL");
  expect(await launch("never")).toEqual({ signal: null, output: OUTPUT });
  const { counts, keys } = marks();
  expect(counts).toEqual({ first: 1, second: 2, third: 1 });
  expect(keys.size).toBe(3);
  const { attempts, steps } = await stored();
  expect(attempts).toMatchObject([{ outcome: "lost", attempt: 1 }]);
  const tries = steps.map(({ key, status }) => `${key} ${status}`).sort();
  expect(tries).toEqual(["first completed", "second completed", "third completed"]);
}, 30_000);
