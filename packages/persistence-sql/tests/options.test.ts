import { describe, expect, test } from "vitest";
import { createMysqlPersistence, createPostgresPersistence } from "../src/index.ts";

const servers = [
  ["createPostgresPersistence", createPostgresPersistence, "postgres://u@127.0.0.1:1/x"],
  ["createMysqlPersistence", createMysqlPersistence, "mariadb://u@127.0.0.1:1/x"],
] as const;

describe.each(servers)("%s refuses at once and by name", (name, create, url) => {
  const wrong: readonly (readonly [string, unknown, string])[] = [
    ["no options", undefined, `${name} takes an object of options; undefined was given`],
    ["neither url nor pool", {}, 'needs the option "url", text, or "pool"'],
    ["url and pool", { url, pool: { connect() {} } }, "was given url and pool: give one of them"],
    ["a pool that is none", { pool: {} }, 'Option "pool"'],
    ["a name that is misspelt", { url, maxPool: 3, poolmax: 3 }, "has no option"],
    ["a name that is misspelt by a letter", { url, poolmax: 3 }, 'Did you mean "poolMax"?'],
    ["no connections", { url, poolMax: 0 }, "poolMax"],
    ["half a connection", { url, poolMax: 1.5 }, "whole number of at least 1"],
    ["a time that is none", { url, statementTimeoutMs: Number.NaN }, "statementTimeoutMs"],
    ["a time below nothing", { url, statementTimeoutMs: -1 }, "statementTimeoutMs"],
    ["a text for a number", { url, poolMax: "10" }, 'is "10"; give a number'],
    ["a prefix", { url, tablePrefix: "A-" }, 'tablePrefix "A-" is not allowed'],
    ["another server", { url: "redis://x" }, "names no"],
  ];

  test.each(wrong)("%s", async (_, options, says) => {
    await expect(create(options as never)).rejects.toMatchObject({
      code: "E_ARGUMENT_INVALID",
      message: expect.stringContaining(says),
    });
  });

  const scheme = url.slice(0, url.indexOf(":"));
  test.each(["p#s3cret", "p/s3cret", "p?s3cret", "12/s3cret", "12#s3cret", "%ffs3cret"])(
    "a password that is not encoded: %s",
    async (password) => {
      const opening = create({ url: `${scheme}://u:${password}@127.0.0.1:1/x` });
      await expect(opening).rejects.toMatchObject({
        code: "E_ARGUMENT_INVALID",
        message: expect.stringMatching(/can't be read: .*special characters.* # as %23/),
      });
      await expect(opening).rejects.not.toThrow("s3cret");
    },
  );

  test.each(["p@s", "p%s"])("but not a password that is plain: %s", async (password) => {
    const opening = create({ url: `${scheme}://u:${password}@127.0.0.1:1/x` });
    await expect(opening).rejects.toMatchObject({ code: "E_PERSISTENCE_UNAVAILABLE" });
  });
});
