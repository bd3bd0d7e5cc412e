import { afterEach, expect, it, vi } from "vitest";
import type { Place } from "../src/place.ts";
import { type ServiceName, serviceNamed, startService } from "../src/services.ts";
import { openDoor } from "../src/vitest/door.ts";
import { setup } from "../src/vitest/global-setup.ts";

afterEach(() => vi.unstubAllEnvs());

const NO_MYSQL = "set PAWL_TEST_MYSQL_URL: Debian has no package of it";

it("starts a server when the first asks, gives it to all, and stops it with the run", async () => {
  const started: ServiceName[] = [];
  const stop = vi.fn(async () => {});
  const door = await openDoor(async (name): Promise<Place> => {
    started.push(name);
    return { url: "postgres://here", stop };
  });
  expect(started).toEqual([]);
  const answers = await Promise.all([1, 2].map(() => fetch(`${door.url}/postgres`)));
  for (const answer of answers) expect(await answer.json()).toEqual({ url: "postgres://here" });
  expect(started).toEqual(["postgres"]);
  expect(stop).not.toHaveBeenCalled();
  await door.close();
  expect(stop).toHaveBeenCalledOnce();
});

it("knows what could not be had", async () => {
  const door = await openDoor(async () => ({ skipped: "none here" }));
  expect(await door.skipped()).toEqual([]);
  await fetch(`${door.url}/redis`);
  expect(await door.skipped()).toEqual(["redis: none here"]);
  await door.close();
});

it("tells whoever asks for something else", async () => {
  const door = await openDoor(async () => ({ skipped: "none here" }));
  const answer = await fetch(`${door.url}/oracle`);
  expect(await answer.text()).toContain('There is no service "oracle"');
  await door.close();
  expect(() => serviceNamed("oracle")).toThrow("postgres, mariadb, mysql, redis, sqs");
});

it("takes the server that the environment names, and leaves it running", async () => {
  vi.stubEnv("PAWL_TEST_POSTGRES_URL", "postgres://elsewhere");
  expect(await startService("postgres")).toMatchObject({ url: "postgres://elsewhere" });
});

it("fails the run when a required server is missing", async () => {
  vi.stubEnv("PAWL_TEST_MYSQL_URL", "");
  vi.stubEnv("PAWL_TEST_REQUIRE", "mysql");
  const project = { provide: () => {} } as unknown as Parameters<typeof setup>[0];
  await expect(setup(project)).rejects.toThrow(`PAWL_TEST_REQUIRE wants mysql: ${NO_MYSQL}`);
  vi.stubEnv("PAWL_TEST_MYSQL_URL", "mysql://somebody@somewhere/else");
  const end = await setup(project);
  await end();
});
