import { describe, expect, test } from "vitest";
import { loadDriver } from "../src/sqlite/driver.ts";
import { refuseNetwork } from "../src/sqlite/place.ts";

describe("the driver", () => {
  const absent = { code: "ERR_MODULE_NOT_FOUND" };

  test.each(["20.20.2", "18.0.0", "unknown"])("is not even loaded on Node %s", async (version) => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      return import("better-sqlite3");
    };
    const loading = loadDriver({ nodeVersion: version, load });
    await expect(loading).rejects.toMatchObject({ code: "E_RUNTIME_TOO_OLD" });
    await expect(loading).rejects.toThrow(version);
    expect(loads).toBe(0);
  });

  test("is named when its package is missing", async () => {
    const load = () => Promise.reject(Object.assign(new Error("Cannot find package"), absent));
    const loading = loadDriver({ nodeVersion: "24.0.0", load });
    await expect(loading).rejects.toMatchObject({ code: "E_DRIVER_MISSING" });
    await expect(loading).rejects.toThrow(/better-sqlite3/);
  });
});

describe("a network file system", () => {
  const mounts = [
    "/dev/sda1 / ext4 rw 0 0",
    "tmpfs /run tmpfs rw 0 0",
    "server:/export /srv/share nfs4 rw 0 0",
    "//server/files /srv/with\\040space cifs rw 0 0",
    "/dev/sdb1 /srv/share/local xfs rw 0 0",
  ].join("\n");

  test.each([
    ["/srv/share", "nfs4"],
    ["/srv/share/deep/pawl.db", "nfs4"],
    ["/srv/with space/pawl.db", "cifs"],
  ])("at %s is refused and named", (path, type) => {
    const refusal = expect.objectContaining({ code: "E_UNSUPPORTED" });
    expect(() => refuseNetwork(path, mounts)).toThrow(refusal);
    expect(() => refuseNetwork(path, mounts)).toThrow(type);
  });

  test.each(["/srv/shared/pawl.db", "/srv/share/local/pawl.db", "/run/pawl.db", "/pawl.db"])(
    "is not seen at %s",
    (path) => {
      expect(() => refuseNetwork(path, mounts)).not.toThrow();
      expect(() => refuseNetwork(path, "")).not.toThrow();
    },
  );
});
