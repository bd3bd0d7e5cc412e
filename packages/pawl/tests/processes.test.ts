import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { defineWorkflow } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

const execArgv = ["--conditions=source"];
const KILLED = fileURLToPath(new URL("killed-program.ts", import.meta.url));
const EXITING = fileURLToPath(new URL("exit-program.ts", import.meta.url));

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

it("finishes what a killed process left, and runs no recorded step again", async () => {
  const child = fork(KILLED, [apps.directory], { execArgv });
  const [id] = (await once(child, "message")) as [string];
  child.kill("SIGKILL");
  await once(child, "exit");
  const entered: string[] = [];
  const halfway = defineWorkflow({
    id: "halfway",
    async run(ctx) {
      const first = await ctx.step("first", () => entered.push("first"));
      await ctx.step("second", () => void entered.push("second"));
      return first;
    },
  });
  const said: string[] = [];
  const log = (level: string, message: string) => void said.push(`${level}: ${message}`);
  const app = await apps.open([halfway], { logger: { log } });
  expect(await app.run(id).result({ timeoutMs: 10_000 })).toBe(child.pid);
  expect(entered).toEqual(["second"]);
  expect(said).toEqual(["info: workers of this machine died"]);
}, 20_000);

it("a process stays while its worker runs, and ends by itself after stop", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...execArgv, EXITING, apps.directory],
    { timeout: 15_000 },
  );
  expect(stdout).toBe("hello false true false\n");
}, 20_000);
