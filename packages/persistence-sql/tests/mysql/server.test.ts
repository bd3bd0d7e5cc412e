import { EngineError } from "@pawl/kernel";
import { describe, expect, test } from "vitest";
import { loadDriver } from "../../src/mysql/driver.ts";
import { translate, translateOpening } from "../../src/mysql/errors.ts";
import { serverOf } from "../../src/mysql/server.ts";
import { parseUrl } from "../../src/mysql/url.ts";

describe("a server", () => {
  test.each([
    ["10.11.18-MariaDB-0+deb12u1", "MariaDB", "utf8mb4_nopad_bin"],
    ["8.0.36", "MySQL", "utf8mb4_0900_bin"],
    ["9.1.0", "MySQL", "utf8mb4_0900_bin"],
  ])("of version %s is %s", (version, name, collation) => {
    expect(serverOf(version, "here")).toMatchObject({ name, collation });
  });

  test.each(["10.5.20-MariaDB", "5.7.44"])("of version %s is too old", (version) => {
    expect(() => serverOf(version, "here")).toThrow(/use .* or newer/);
  });
});

describe("an url", () => {
  test("gives host, port, user, password and database, and shows no password", () => {
    const { place, config } = parseUrl("mysql://me:p%40ss@db.test/app?ssl=true");
    expect(place).toBe("database app at db.test:3306");
    expect(config).toEqual({
      host: "db.test",
      port: 3306,
      user: "me",
      password: "p@ss",
      database: "app",
      ssl: true,
    });
  });
});

test("a driver that is not installed is named", async () => {
  const load = () => Promise.reject(new Error("no such package"));
  await expect(loadDriver({ load })).rejects.toMatchObject({
    code: "E_DRIVER_MISSING",
    message: expect.stringContaining("npm install mariadb@"),
  });
});

describe("an error of the driver", () => {
  const of = (errno: number, more: object = {}) =>
    translate(Object.assign(new Error("said"), { errno, sqlMessage: "said", ...more }), "here");

  test.each([
    [1205, "E_DATABASE_LOCKED"],
    [1213, "E_DATABASE_LOCKED"],
    [1114, "E_DATABASE_FULL"],
    [1290, "E_DATABASE_READ_ONLY"],
    [1792, "E_DATABASE_READ_ONLY"],
    [1040, "E_PERSISTENCE_UNAVAILABLE"],
    [1045, "E_PERSISTENCE_UNAVAILABLE"],
    [1142, "E_PERSISTENCE_UNAVAILABLE"],
    [1049, "E_PERSISTENCE_UNAVAILABLE"],
    [1050, "E_SCHEMA_TAKEN"],
    [3159, "E_PERSISTENCE_UNAVAILABLE"],
    [1146, "E_SCHEMA_MISSING"],
    [1406, "E_ARGUMENT_INVALID"],
    [1969, "E_PERSISTENCE_UNAVAILABLE"],
    [3024, "E_PERSISTENCE_UNAVAILABLE"],
    [1153, "E_PAYLOAD_TOO_LARGE"],
    [4025, "E_INVARIANT"],
    [3819, "E_INVARIANT"],
    [1712, "E_ROW_CORRUPT"],
    [-111, "E_PERSISTENCE_UNAVAILABLE"],
    [99_999, "E_PERSISTENCE_UNAVAILABLE"],
  ])("%d is %s", (errno, code) => {
    expect(of(errno)).toMatchObject({ code, message: expect.stringContaining("said") });
  });

  test("of the pool is the one behind it", () => {
    const cause = Object.assign(new Error("denied"), { errno: 1045, sqlMessage: "denied" });
    expect(of(45_028, { cause })).toMatchObject({
      code: "E_PERSISTENCE_UNAVAILABLE",
      message: expect.stringMatching(/^here refuses this user/),
    });
  });

  // A database that is made later, or a user that is let in later, is known to whoever does that;
  // a server that starts or is full (1053, 1040) is waited for.
  test.each([1045, 1049])("%d, of the first connection, is a wrong url", (errno) => {
    const error = Object.assign(new Error("said"), { errno, sqlMessage: "said" });
    expect(translateOpening(error, "here")).toMatchObject({
      code: "E_CONFIG_INVALID",
      details: { place: "here" },
    });
  });

  test.each([
    [1792, {}, /transaction that is READ ONLY: begin one that may write/],
    [3159, {}, /by TLS only: put \?ssl=true/],
    [45_043, { code: "SELF_SIGNED_CERT_IN_CHAIN" }, /can't be spoken to by TLS/],
    [-111, { code: "ECONNREFUSED" }, /can't be reached: .*check that the server runs/],
  ])("%d %o says what to do", (errno, more, says) => {
    expect((of(errno, more) as EngineError).message).toMatch(says);
  });

  test("tells nothing of the statement and its values", () => {
    const message = "(conn:7, no: 1, SQLState: HY000) said\nsql: SELECT secret";
    const error = of(1, { message, sqlMessage: undefined }) as EngineError;
    expect(error.message).toBe("here can't be used: said (1)");
  });

  test("of the engine passes as it is", () => {
    const error = new EngineError("E_INVARIANT", "ours");
    expect(translate(error, "here")).toBe(error);
  });
});
