import { describe, expect, it } from "vitest";
import { bundle, neutralBundle } from "./cold-start/bundle.ts";
import { coldStart } from "./cold-start/cold-start.ts";

const KB = 1024;

describe("a function in one file", () => {
  it.each([
    { entry: "on-memory", most: 80 * KB },
    { entry: "on-sqlite", most: 120 * KB },
  ])(
    "$entry is at most $most bytes packed, and its first invocations do their work",
    async (one) => {
      const { file, gzipBytes } = await bundle(one.entry, `${one.entry}-tested`);
      expect(gzipBytes).toBeLessThan(one.most);
      expect(await coldStart(file)).toMatchObject({
        statusCode: 201,
        failures: 0,
        run: { status: "completed", output: 9 },
      });
    },
  );
});

it("kernel and host need nothing of Node", async () => {
  const text = await neutralBundle();
  expect(text.length).toBeGreaterThan(1_000);
  const ofNode = /(?<![.\w])(?:["']node:|process\.\w|Buffer\b|setTimeout\b|require\()/;
  expect(ofNode.exec(text)?.[0]).toBe(undefined);
});
