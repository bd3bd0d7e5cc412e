import { describe, expect, it } from "vitest";
import { driverFailureOf } from "../src/driver-failure.ts";
import { unwrapped as mysqlError } from "../src/mysql/errors.ts";
import { unwrapped as postgresError } from "../src/postgres/errors.ts";
import { unwrapped as sqliteError } from "../src/sqlite/errors.ts";

/** As Prisma throws what its driver adapter told. */
const known = (cause: object): Error =>
  Object.assign(new Error("Raw query failed"), {
    code: "P2010",
    meta: { driverAdapterError: { name: "DriverAdapterError", cause } },
  });

describe("what Prisma throws", () => {
  it("is the error of the server again, by its SQLSTATE", () => {
    const deadlock = known({ kind: "TransactionWriteConflict", originalCode: "40P01" });
    expect(postgresError(deadlock, "here")).toMatchObject({ code: "40P01", severity: "ERROR" });
  });

  it("is an error of its own kind where no connection could be made", () => {
    const refused = known({ kind: "DatabaseNotReachable", host: "127.0.0.1", port: 1 });
    expect(postgresError(refused, "here")).toMatchObject({ kind: "unavailable" });
  });

  it("stays what it is where a connection was lost, and so may have been executed", () => {
    const lost = new Error("Connection terminated unexpectedly");
    expect(postgresError(lost, "here")).toBe(lost);
    const closed = known({ kind: "ConnectionClosed" });
    expect(postgresError(closed, "here")).toBe(closed);
  });

  it("is the error of MariaDB again, by its number", () => {
    const cause = { kind: "mysql", originalCode: "1205", originalMessage: "Lock", state: "HY000" };
    expect(mysqlError(known(cause))).toMatchObject({
      errno: 1205,
      sqlState: "HY000",
      sqlMessage: "Lock",
    });
  });

  it("is a lost connection of MariaDB where the system says so", () => {
    const broken = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    expect(mysqlError(broken)).toMatchObject({ errno: -1, code: "EPIPE" });
    const late = Object.assign(new Error("Transaction API error"), { code: "P2028" });
    expect(mysqlError(late)).toBe(late);
  });

  it("is the error of SQLite again, by its name and whole message", () => {
    const cause = {
      kind: "sqlite",
      originalCode: "SQLITE_CONSTRAINT_CHECK",
      originalMessage: "CHECK constraint failed: guarded",
    };
    expect(sqliteError(known(cause))).toMatchObject({
      code: "SQLITE_CONSTRAINT_CHECK",
      message: "CHECK constraint failed: guarded",
    });
  });

  it("is read where Prisma passes an adapter's error as it is", () => {
    const bare = Object.assign(new Error("x"), { name: "DriverAdapterError" });
    bare.cause = { kind: "SocketTimeout", originalCode: "SQLITE_BUSY", originalMessage: "locked" };
    expect(driverFailureOf(bare)).toMatchObject({ kind: "SocketTimeout", code: "SQLITE_BUSY" });
  });
});
