import {
  createMysqlPersistence,
  createPostgresPersistence,
  createSqlitePersistence,
} from "@pawl/persistence-sql";
import { type FreshDatabase, freshDatabase } from "@pawl/services";

/** A file with our tables, made as a program of ours makes them. */
export async function migratedFile(path: string): Promise<string> {
  const persistence = await createSqlitePersistence({ path });
  await persistence.close();
  return path;
}

/** A database of a server with our tables, made as `pawl migrate` makes them. */
export async function migratedDatabase(server: { readonly url: string }): Promise<FreshDatabase> {
  const database = await freshDatabase(server);
  const open = database.url.startsWith("postgres")
    ? createPostgresPersistence
    : createMysqlPersistence;
  const persistence = await open({ url: database.url, migrate: true });
  await persistence.close();
  return database;
}
