import { defineConfig } from "tsup";

type Config = ReturnType<typeof defineConfig>;

/** The one build of every package: ESM and declarations, workspace packages left external. */
export const packageConfig = (entry: string[] = ["src/index.ts"]): Config =>
  defineConfig({
    entry,
    format: ["esm"],
    target: "node22",
    platform: "neutral",
    clean: true,
    sourcemap: true,
    dts: { compilerOptions: { customConditions: [] } },
  });
