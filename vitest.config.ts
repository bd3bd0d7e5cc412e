import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

/** As Node resolves: what `module` names is for bundlers, and need not run by itself. */
const conditions = ["source", ...defaultServerConditions.filter((each) => each !== "module")];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["source"] } },
  test: {
    include: ["{packages,apps,tools}/*/tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/fixtures/**"],
    globalSetup: [
      "./tools/services/src/vitest/global-setup.ts",
      "./tools/prisma-clients/src/vitest/global-setup.ts",
    ],
    pool: "forks",
    maxWorkers: 2,
    // Some start processes of their own: that takes seconds where a machine is busy.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    typecheck: {
      enabled: true,
      include: ["{packages,apps,tools}/*/tests/**/*.test-d.ts"],
      tsconfig: "./tsconfig.json",
      ignoreSourceErrors: true,
    },
  },
});
