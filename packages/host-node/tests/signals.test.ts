import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";

let program: ChildProcess | undefined;
afterEach(() => void program?.kill("SIGKILL"));

/** Starts the program and waits until its run is in its step. */
async function launch(): Promise<{ readonly child: ChildProcess; readonly said: string[] }> {
  const path = fileURLToPath(new URL("signal-program.ts", import.meta.url));
  const child = fork(path, { execArgv: ["--conditions=source"] });
  program = child;
  const said: string[] = [];
  child.on("message", (message) => void said.push(String(message)));
  await expect.poll(() => said, { timeout: 10_000 }).toContain("entered");
  return { child, said };
}

it.each(["SIGTERM", "SIGINT"] as const)(
  "%s finishes what runs, then ends the process",
  async (signal) => {
    const { child, said } = await launch();
    child.kill(signal);
    await expect.poll(() => said).toContain("stopping; a second signal ends the process at once");
    expect(child.exitCode).toBeNull();
    child.send("go on");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(said.at(-1)).toBe("run completed");
  },
);

it("a second signal ends the process at once", async () => {
  const { child, said } = await launch();
  child.kill("SIGTERM");
  await expect.poll(() => said).toContain("stopping; a second signal ends the process at once");
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(143);
  expect(said).not.toContain("run completed");
});
