import type { TestProject } from "vitest/node";
import { isSkipped } from "../place.ts";
import { serviceNamed, startService } from "../services.ts";
import { type Door, openDoor } from "./door.ts";

declare module "vitest" {
  export interface ProvidedContext {
    readonly services: string;
  }
}

/**
 * Opens the door; servers start when a test file asks.
 *
 * @throws Error when one that `PAWL_TEST_REQUIRE` lists cannot be had
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const door = await openDoor(startService);
  project.provide("services", door.url);
  await require(door);
  return async () => {
    const skipped = await door.skipped();
    await door.close();
    for (const line of skipped) process.stderr.write(`SKIPPED ${line}\n`);
  };
}

async function require(door: Door): Promise<void> {
  const names = (process.env.PAWL_TEST_REQUIRE ?? "").split(",").map((name) => name.trim());
  for (const name of names.filter(Boolean).map(serviceNamed)) {
    const place = await door.ask(name);
    if (!isSkipped(place)) continue;
    await door.close();
    throw new Error(`PAWL_TEST_REQUIRE wants ${name}: ${place.skipped}`);
  }
}
