import { test } from "vitest";
import { createSqlitePersistence } from "../../src/index.ts";
import { fixedClock, PLANS_PER_STORE, proveAlike } from "./agree.ts";

const stores = Number(process.env.PROVE_PLANS ?? 2_000) / PLANS_PER_STORE;

test(
  `memory and SQLite answer ${stores * PLANS_PER_STORE} random plans alike`,
  {
    timeout: 60_000 + stores * 1_000,
  },
  () =>
    proveAlike({
      stores,
      open: async () => {
        const persistence = await createSqlitePersistence({ path: ":memory:", clock: fixedClock });
        return { persistence, close: () => persistence.close() };
      },
    }),
);
