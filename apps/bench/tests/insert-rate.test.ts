import { freshDatabase } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { afterAll, expect, it, vi } from "vitest";
import { insertsPerS, rowsPerS } from "../src/measure/insert-rate.ts";
import { observe } from "../src/observer/observe.ts";
import { startBenchServer } from "../src/processes/bench-server.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

for (const store of ["postgres", "mariadb"] as const) {
  describeOn(`rows inserted on ${store}`, await startBenchServer(store), (server) => {
    afterAll(() => server.stop());

    it("are there, as many as the rate says", async () => {
      const { url, drop } = await freshDatabase(server.urls);
      const observer = await observe({ directory: "", url });
      const inserted = () => observer.count("SELECT count(*) FROM inserts");
      const singly = await insertsPerS({ url, clients: 2, seconds: 1 });
      const before = await inserted();
      expect(before / singly).toBeGreaterThan(0.5);
      expect(before / singly).toBeLessThan(2);
      const batched = await rowsPerS({ url, clients: 1, seconds: 0.2 }, 64);
      const many = (await inserted()) - before;
      expect(many % 64).toBe(0);
      expect(batched).toBeGreaterThan(many);
      await observer.close();
      await drop();
    });
  });
}
