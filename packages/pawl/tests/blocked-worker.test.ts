import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { defineWorkflow } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

const PROGRAM = fileURLToPath(new URL("blocking-program.ts", import.meta.url));

let apps: Apps;
let child: ChildProcess | undefined;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await apps.remove();
});

it("a body that blocks its process costs the session: another ends the run [58]", async () => {
  child = fork(PROGRAM, [apps.directory, "5000"], { execArgv: ["--conditions=source"] });
  const said: unknown[] = [];
  child.on("message", (message) => void said.push(message));
  await once(child, "message");
  const blocking = defineWorkflow({
    id: "blocking",
    run: (ctx) => ctx.step("block", () => process.pid),
  });
  const app = await apps.open([blocking], { logger: { log: () => {} } });
  const [run] = (await app.kernel.query.listRuns()).runs;
  const id = run?.id ?? "";
  const losses = async (): Promise<number> => {
    await app.kernel.maintain();
    return (await app.kernel.query.getTimeline(id)).attempts.length;
  };
  await expect.poll(losses, { timeout: 8_000, interval: 200 }).toBe(1);
  expect(await app.run(id).result({ timeoutMs: 10_000 })).toBe(process.pid);
  expect(said).toEqual(["blocked"]);
  await expect
    .poll(
      () => {
        child?.send("stats?");
        return said.at(-1);
      },
      { timeout: 10_000, interval: 100 },
    )
    .toEqual({ losses: 1, anew: true, jobsSucceeded: 0 });
  const { steps, attempts } = await app.kernel.query.getTimeline(id);
  expect(steps).toMatchObject([{ key: "block", status: "completed" }]);
  expect(attempts).toMatchObject([{ outcome: "lost" }]);
  expect(await app.run(id).result()).toBe(process.pid);
}, 30_000);
