import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshQueue, SQS_ACCESS } from "@pawl/services";
import type { Place } from "../engine.ts";

/**
 * Makes a queue of the place's own.
 *
 * @throws Error where no brokers stand beside the database
 */
export async function makeQueue(place: Place): Promise<() => Promise<void>> {
  if (!place.brokers) throw new Error("there is no SQS beside this database");
  const queue = await freshQueue({ url: place.brokers.sqsUrl });
  writeFileSync(pathOf(place), queue.url);
  return queue.drop;
}

export const queueUrlOf = (place: Place): string => readFileSync(pathOf(place), "utf8");

/** As AWS's own client finds them; the emulator asks nobody who they are. */
export function giveCredentials(): void {
  const { accessKeyId, secretAccessKey } = SQS_ACCESS.credentials;
  process.env.AWS_ACCESS_KEY_ID ??= accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY ??= secretAccessKey;
}

const pathOf = ({ directory }: Place): string => join(directory, "queue.url");
