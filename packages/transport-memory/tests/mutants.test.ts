import { failedCases, transportConformance } from "@pawl/conformance";
import { createMemoryTransport } from "@pawl/transport-memory";
import { describe, expect, it } from "vitest";
import { MUTANTS } from "./mutants.ts";
import { createVirtualTime } from "./virtual-time.ts";

describe("the suite catches a transport that", () => {
  it.each(MUTANTS)("$name ($clause)", async ({ name, clause, mutate }) => {
    const failed = await failedCases(expect, clause, (runner) =>
      transportConformance(runner, {
        name,
        create: async () => {
          const time = createVirtualTime();
          const sound = createMemoryTransport({ clock: time, runtime: time });
          const transport = { ...sound, ...mutate(sound, time) };
          return { transport, clock: time, destroy: () => sound.close() };
        },
      }),
    );
    expect(failed).not.toEqual([]);
  });
});
