import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";

let program: ChildProcess | undefined;
afterEach(() => void program?.kill("SIGKILL"));

const STOPPING = "stopping; a second signal ends the process at once";

interface Launched {
  readonly child: ChildProcess;
  readonly said: string[];
}

/** Starts the program and waits until its run is in its step. */
async function launch(drainTimeoutMs = 30_000): Promise<Launched> {
  const path = fileURLToPath(new URL("signal-program.ts", import.meta.url));
  const child = fork(path, [String(drainTimeoutMs)], { execArgv: ["--conditions=source"] });
  program = child;
  const said: string[] = [];
  child.on("message", (message) => void said.push(String(message)));
  await expect.poll(() => said, { timeout: 10_000 }).toContain("entered");
  return { child, said };
}

it.each(["SIGTERM", "SIGINT"] as const)(
  "%s takes nothing more, finishes what runs, and ends by its hooks in order [38] [127]",
  async (signal) => {
    const { child, said } = await launch();
    child.kill(signal);
    await expect.poll(() => said).toContain(STOPPING);
    child.send("start another");
    await expect.poll(() => said).toContain("another started");
    expect(child.exitCode).toBeNull();
    child.send("go on");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(said.filter((text) => text === "entered")).toHaveLength(1);
    expect(said.slice(said.indexOf("another started") + 1)).toEqual([
      "first hook",
      "a shutdown hook did not end in time",
      "run completed: completed, fence 1, losses 0, true",
      "run running: ready, fence 0, losses 0, true",
      "run completed",
    ]);
  },
);

it("SIGTERM gives back at its deadline what has not ended, available at once [38]", async () => {
  const { child, said } = await launch(50);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  expect(said.at(-2)).toMatch(/^run running: ready, fence \d, losses 0, true$/);
});

it("a second signal ends the process at once, its hooks not run [127]", async () => {
  const { child, said } = await launch();
  child.kill("SIGTERM");
  await expect.poll(() => said).toContain(STOPPING);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(143);
  expect(said).not.toContain("first hook");
  expect(said).not.toContain("run completed");
});
