import { describeOn, postgres } from "@pawl/services/vitest";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import {
  type TemporaryDatabase,
  type TemporarySchema,
  temporaryDatabase,
} from "./temporary-database.ts";

const server = await postgres();

/** What tests of one file share: their database, and an empty schema for each of them. */
export interface Place {
  readonly database: TemporaryDatabase;
  readonly schema: TemporarySchema;
}

/** Describes tests that need PostgreSQL; `place` answers what is there when a test runs. */
export function onPostgres(title: string, tests: (place: () => Place) => void): void {
  describeOn(title, server, (there) => {
    let database: TemporaryDatabase;
    let schema: TemporarySchema;
    beforeAll(async () => {
      database = await temporaryDatabase(there);
    });
    afterAll(() => database.drop());
    beforeEach(() => {
      schema = database.schema();
    });
    afterEach(() => schema.remove());
    tests(() => ({ database, schema }));
  });
}
