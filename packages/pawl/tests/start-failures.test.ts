import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FreshDatabase,
  freshDatabase,
  isSkipped,
  type OwnServer,
  privateMariadb,
  privatePostgres,
  type SqlClient,
  sqlClient,
} from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { defineWorkflow, type Pawl, pawl } from "../src/index.ts";

const SOON_MS = 8_000;
const PASSWORD = "s3cret-of-tests";

const work = defineWorkflow({ id: "work", run: (ctx) => ctx.step("a", () => "done") });

interface Facts {
  readonly server: OwnServer;
  readonly database: FreshDatabase;
  readonly admin: SqlClient;
}

/** What keeps an app from starting, and what mends it. */
interface Trouble {
  readonly name: string;
  readonly codes: readonly string[];
  /** Answers the URL that the app is given. */
  readonly begin: (facts: Facts) => Promise<string>;
  readonly end: (facts: Facts) => Promise<unknown>;
}

const isPostgres = ({ server }: Facts): boolean => server.url.startsWith("postgres");

const as = (url: string, password: string): string => {
  const given = new URL(url);
  given.username = "worker";
  given.password = password;
  return given.href;
};

const TROUBLES: readonly Trouble[] = [
  {
    name: "no server",
    codes: ["E_PERSISTENCE_UNAVAILABLE"],
    begin: async ({ server, database }) => {
      await server.stop();
      return as(database.url, PASSWORD);
    },
    end: ({ server }) => server.start(),
  },
  {
    name: "a wrong password",
    codes: ["E_CONFIG_INVALID"],
    begin: async (facts) => {
      await facts.admin.rows(
        isPostgres(facts)
          ? "ALTER ROLE worker PASSWORD 'another'"
          : "ALTER USER worker IDENTIFIED BY 'another'",
      );
      return as(facts.database.url, PASSWORD);
    },
    end: (facts) =>
      facts.admin.rows(
        isPostgres(facts)
          ? `ALTER ROLE worker PASSWORD '${PASSWORD}'`
          : `ALTER USER worker IDENTIFIED BY '${PASSWORD}'`,
      ),
  },
  {
    name: "no database",
    codes: ["E_CONFIG_INVALID"],
    begin: async ({ database }) => {
      await database.drop();
      return as(database.url, PASSWORD);
    },
    end: async (facts) => {
      const { name } = facts.database;
      const owner = isPostgres(facts) ? " OWNER worker" : "";
      await facts.admin.rows(`CREATE DATABASE ${name}${owner}`);
    },
  },
  {
    name: "no tables",
    codes: ["E_SCHEMA_MISSING"],
    begin: async ({ database }) => as(database.url, PASSWORD),
    end: async () => {},
  },
  {
    name: "tables of a newer program",
    codes: ["E_SCHEMA_NEWER"],
    begin: async (facts) => {
      await migrated(facts);
      await inDatabase(facts, [
        "CREATE TABLE meta_kept AS SELECT * FROM meta",
        "UPDATE meta SET value = '999999'",
      ]);
      return as(facts.database.url, PASSWORD);
    },
    end: (facts) =>
      inDatabase(facts, ["DELETE FROM meta", "INSERT INTO meta SELECT * FROM meta_kept"]),
  },
];

async function inDatabase({ database }: Facts, statements: readonly string[]): Promise<void> {
  const client = sqlClient(database.url);
  for (const sql of statements) await client.rows(sql);
  await client.close();
}

/** Creates the tables, as a deployment would. */
async function migrated({ database }: Facts): Promise<void> {
  const app = await opened(as(database.url, PASSWORD), { PAWL_MIGRATE: "auto" });
  await app.stop();
}

/** Passwords are asked for, but not from the administrator. */
async function askForPasswords({ server, admin }: Facts): Promise<void> {
  if (!server.url.startsWith("postgres")) {
    await admin.rows(`CREATE USER worker IDENTIFIED BY '${PASSWORD}'`);
    return;
  }
  await admin.rows(`CREATE ROLE worker LOGIN PASSWORD '${PASSWORD}'`);
  const [row] = await admin.rows<{ data_directory: string }>("SHOW data_directory");
  const lines = ["host all postgres 127.0.0.1/32 trust", "host all all 127.0.0.1/32 scram-sha-256"];
  await writeFile(join(row?.data_directory ?? "", "pg_hba.conf"), `${lines.join("\n")}\n`);
  await admin.rows("SELECT pg_reload_conf()");
}

let directory: string;
const opened = (url: string, more: object = {}): Promise<Pawl> =>
  pawl({ workflows: [work], directory, environment: { PAWL_DATABASE_URL: url, ...more } });

for (const [name, place] of Object.entries({
  Postgres: await privatePostgres(),
  MariaDB: await privateMariadb(),
})) {
  afterAll(async () => {
    if (!isSkipped(place)) await place.remove();
  });

  describeOn(`an app that starts on ${name}`, place, (server) => {
    const admin = sqlClient(server.url);
    let database: FreshDatabase;
    beforeAll(() => askForPasswords({ server, admin, database }));
    afterAll(() => admin.close());
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), "pawl-start-"));
      database = await freshDatabase(server);
      await admin.rows(
        server.url.startsWith("postgres")
          ? `ALTER DATABASE ${database.name} OWNER TO worker`
          : `GRANT ALL ON ${database.name}.* TO worker`,
      );
    });
    afterEach(async () => {
      await database.drop();
      await rm(directory, { recursive: true });
    });

    it.each(TROUBLES)(
      "with $name says so soon, without a password, and starts when that is mended",
      async ({ codes, begin, end }) => {
        const facts = { server, database, admin };
        const url = await begin(facts);
        const { host } = new URL(url);
        const begun = performance.now();
        const error = await opened(url).catch((thrown: unknown) => thrown);
        expect(performance.now() - begun).toBeLessThan(SOON_MS);
        expect(error).toMatchObject({
          code: expect.stringMatching(new RegExp(`^(${codes.join("|")})$`)),
          message: expect.stringContaining(host),
        });
        expect(`${error}${JSON.stringify(error)}`).not.toContain(PASSWORD);
        await end(facts);
        await migrated(facts);
        const app = await opened(url);
        expect(await (await app.start(work)).result({ timeoutMs: 10_000 })).toBe("done");
        await app.stop();
      },
    );
  });
}
