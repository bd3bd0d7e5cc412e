import { freshDatabase, privateFolder } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { afterAll, expect, it, vi } from "vitest";
import type { OpenEngine, Place } from "../src/engines/engine.ts";
import { pawlOn } from "../src/engines/pawl-on-server.ts";
import { crowd } from "../src/measure/crowd.ts";
import { untilCompleted } from "../src/measure/runs.ts";
import { observe } from "../src/observer/observe.ts";
import { startBenchServer } from "../src/processes/bench-server.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const STORES = [
  ["postgres", "on"],
  ["mariadb", "1"],
] as const;

for (const [store, synchronous] of STORES) {
  describeOn(`a crowd on ${store}`, await startBenchServer(store), (server) => {
    const { path: directory, remove } = privateFolder("crowd");
    afterAll(async () => {
      remove();
      await server.stop();
    });

    const openPawl = (place: Place, worker: boolean): Promise<OpenEngine> =>
      pawlOn(store).open({
        place,
        synchronous,
        worker,
        witness: {},
        concurrency: 1,
        identity: "crowd",
      });

    async function countsOf(place: Place, status: string): Promise<readonly number[]> {
      const observer = await observe(place);
      const runs = await observer.count(`SELECT count(*) FROM runs WHERE status = '${status}'`);
      const stages = await observer.count("SELECT count(*) FROM stages");
      const steps = await observer.count("SELECT count(*) FROM steps");
      await observer.close();
      return [runs, stages, steps];
    }

    it("of finished runs copies the one that there is, with its stage and steps", async () => {
      const { url, drop } = await freshDatabase(server.urls);
      const place = { directory, url };
      await pawlOn(store).prepare?.(place);
      const engine = await openPawl(place, true);
      await (await engine.start("sequence", { steps: 2 })).result();
      await crowd(place, { size: 40, foreign: false });
      expect(await countsOf(place, "completed")).toEqual([41, 41, 82]);
      expect(await engine.completed()).toBe(41);
      await engine.close();
      await drop();
    });

    it("of foreign runs waits for ever, while a worker carries out its own", async () => {
      const { url, drop } = await freshDatabase(server.urls);
      const place = { directory, url };
      await pawlOn(store).prepare?.(place);
      const starter = await openPawl(place, false);
      await starter.start("sequence", { steps: 1 });
      await crowd(place, { size: 40, foreign: true });
      const worker = await openPawl(place, true);
      await untilCompleted(worker, 1);
      expect(await countsOf(place, "completed")).toEqual([1, 41, 1]);
      expect(await countsOf(place, "running")).toEqual([40, 41, 1]);
      await Promise.all([starter.close(), worker.close()]);
      await drop();
    });
  });
}
