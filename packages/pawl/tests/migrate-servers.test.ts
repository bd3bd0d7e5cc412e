import { type FreshDatabase, freshDatabase } from "@pawl/services";
import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NEWEST, runHere, runPawl } from "./run-pawl.ts";

const SERVERS = [
  ["PostgreSQL", await postgres()],
  ["MariaDB", await mariadb()],
] as const;

for (const [name, place] of SERVERS) {
  describeOn(`pawl migrate on ${name}`, place, (server) => {
    let database: FreshDatabase;
    beforeEach(async () => {
      database = await freshDatabase(server);
    });
    afterEach(() => database.drop());

    const migrate = (...args: readonly string[]) =>
      runPawl(["migrate", ...args], { PAWL_DATABASE_URL: database.url });

    async function status() {
      const args = ["migrate", "--status", "--json", "--database", database.url];
      return JSON.parse((await runHere(args)).said.join());
    }

    test("--status changes nothing, migrate applies, none says the password", async () => {
      expect(await status()).toMatchObject({ version: 0, applied: [] });
      const done = await migrate();
      expect(done).toMatchObject({ code: 0, complaint: "" });
      expect(done.out).toMatch(/^applying 0001_first\napplied {2}0001_first in \d+ ms\n/);
      const after = await status();
      expect(after).toMatchObject({ version: NEWEST, pending: [] });
      expect(after.place).toContain(database.name);
      expect(after.place).not.toContain("@");
    });

    test("of two at once one applies and both succeed", async () => {
      const ended = await Promise.all([migrate("--json"), migrate("--json")]);
      expect(ended.map(({ code, complaint }) => ({ code, complaint }))).toEqual([
        { code: 0, complaint: "" },
        { code: 0, complaint: "" },
      ]);
      const done = ended.map(({ out }) => JSON.parse(out).done.length);
      expect(done.sort()).toEqual([0, NEWEST]);
    });

    test("wrong credentials end with 1 and say what was wrong, never the password", async () => {
      const url = new URL(database.url);
      url.username = "nobody_here";
      url.password = "secret-word";
      const ended = await runHere(["migrate", "--database", url.href]);
      expect(ended.code).toBe(1);
      expect(ended.complaint).toMatch(/^E_\w+: .*nobody_here/);
      expect(ended.complaint).not.toContain("secret-word");
    });
  });
}
