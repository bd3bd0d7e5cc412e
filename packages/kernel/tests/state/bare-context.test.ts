import { createHash } from "node:crypto";
import { setImmediate } from "node:timers";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "vite";
import { describe, expect, it } from "vitest";
import type { Platform, runTwoStages } from "../support/bare-program.ts";

const entry = fileURLToPath(new URL("../support/bare-program.ts", import.meta.url));

/** The kernel with memory adapters as one script that sets `bare`. */
async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["source"] },
    build: {
      write: false,
      minify: false,
      target: "es2023",
      lib: { entry, formats: ["iife"], name: "bare" },
    },
  });
  const [output] = [result].flat();
  if (!output || !("output" in output)) throw new Error("nothing was built");
  return output.output[0].code;
}

const platform: Platform = {
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  digest: (bytes) => createHash("sha256").update(bytes).digest("hex"),
};

/** The language without what V8 adds to it; asking for the time or for chance is an error. */
function bareContext() {
  const context = createContext({});
  runInContext(
    `delete globalThis.console; delete globalThis.WebAssembly;
    const refused = () => { throw new Error("there is no time and no chance here"); };
    Date.now = refused; Math.random = refused;`,
    context,
  );
  return context;
}

describe("a context that has the language and nothing else [151]", () => {
  it("runs a workflow of two stages to its end", async () => {
    const context = bareContext();
    runInContext(`${await bundle()}; globalThis.bare = bare;`, context);
    const bare = context.bare as { runTwoStages: typeof runTwoStages };
    const { status, output } = (await bare.runTwoStages(platform)) as {
      status: string;
      output: Map<string, bigint>;
    };
    expect(status).toBe("completed");
    expect([...output]).toEqual([["é😀", 42n]]);
  }, 60_000);

  it("is as bare as it claims: no timers, console, process, fetch, crypto or encoders", () => {
    const names = ["setTimeout", "setImmediate", "queueMicrotask", "console", "process", "fetch"];
    const more = ["crypto", "AbortController", "TextEncoder", "structuredClone", "performance"];
    const kinds = runInContext(
      `${JSON.stringify([...names, ...more])}.map((name) => typeof globalThis[name])`,
      bareContext(),
    );
    expect(new Set(kinds)).toEqual(new Set(["undefined"]));
    expect(() => runInContext("Date.now()", bareContext())).toThrow("no time and no chance");
  });
});
