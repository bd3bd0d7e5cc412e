import { expect, test } from "vitest";
import { createPrismaPersistence } from "../src/index.ts";

const prisma = { $queryRawUnsafe() {}, $executeRawUnsafe() {}, $transaction() {} };

test.each([
  [undefined, "createPrismaPersistence takes an object of options; undefined was given"],
  [{}, 'needs the option "prisma"'],
  [{ prisma: {} }, 'Option "prisma" of createPrismaPersistence is an object that is no'],
  [{ prisma: "file:app.db" }, "file:app.db"],
  [{ prisma, provider: "mongodb" }, 'give "sqlite" or "postgresql" or "mysql"'],
  [{ prisma, tablePrefx: "a_" }, 'Did you mean "tablePrefix"?'],
  [{ prisma, statementTimeoutMs: Number.NaN }, "statementTimeoutMs"],
  [{ prisma, migrate: "yes" }, 'is "yes"; give true or false'],
])("options that are missing, misspelt or of another kind are named: %o", async (options, says) => {
  await expect(createPrismaPersistence(options as never)).rejects.toMatchObject({
    code: "E_ARGUMENT_INVALID",
    message: expect.stringContaining(says),
  });
});
