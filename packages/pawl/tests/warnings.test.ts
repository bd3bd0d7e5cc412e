import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineWorkflow } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

const { isTTY } = process.stderr;
const setTty = (is: boolean): void => {
  Object.defineProperty(process.stderr, "isTTY", { value: is, configurable: true });
};

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(async () => {
  setTty(isTTY);
  vi.restoreAllMocks();
  await apps.remove();
});

const echo = defineWorkflow({ id: "echo", run: async (_ctx, input) => input });

/** What an app says on standard error of an input that is large. */
async function warned(): Promise<string> {
  let said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
  const app = await apps.open([echo], { worker: false, limits: { payloadWarnBytes: 10 } });
  await app.start(echo, "some input");
  return said;
}

it("a warning is text on a terminal", async () => {
  setTty(true);
  expect(await warned()).toMatch(/^warn: large payload \(field: input, size: \d+\)\n$/);
});

it("a warning is a line of JSON elsewhere", async () => {
  setTty(false);
  expect(JSON.parse(await warned())).toMatchObject({ level: "warn", message: "large payload" });
});
