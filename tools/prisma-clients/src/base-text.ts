import type { Provider } from "./provider.ts";

/** What a user's own schema file says beside our models. */
export const baseText = (provider: Provider, previewFeatures: readonly string[] = []): string =>
  [
    "generator client {",
    '  provider            = "prisma-client"',
    '  output              = "../client"',
    '  runtime             = "nodejs"',
    '  moduleFormat        = "esm"',
    '  importFileExtension = "ts"',
    ...(previewFeatures.length === 0
      ? []
      : [`  previewFeatures     = ${JSON.stringify(previewFeatures)}`]),
    "}",
    "",
    "datasource db {",
    `  provider = "${provider}"`,
    "}",
    "",
  ].join("\n");
