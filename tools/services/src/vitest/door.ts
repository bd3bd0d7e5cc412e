import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { HOST } from "../free-port.ts";
import { isSkipped, type Place } from "../place.ts";
import { type ServiceName, serviceNamed } from "../services.ts";

/** Where test files, each in its process, ask the run for its servers. */
export interface Door {
  readonly url: string;
  /** The first who asks has it started, the others get the same. */
  ask(name: ServiceName): Promise<Place>;
  /** What was asked for and could not be had. */
  skipped(): Promise<readonly string[]>;
  /** Ends whatever was started. */
  close(): Promise<void>;
}

export async function openDoor(start: (name: ServiceName) => Promise<Place>): Promise<Door> {
  const places = new Map<ServiceName, Promise<Place>>();
  const ask = (name: ServiceName): Promise<Place> => {
    const place = places.get(name) ?? start(name);
    places.set(name, place);
    return place;
  };
  const listener = createServer((request, response) => {
    const answer = async (): Promise<Place> => ask(serviceNamed(request.url?.slice(1) ?? ""));
    answer().then(
      (place) => response.end(JSON.stringify(place)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  listener.listen(0, HOST);
  await once(listener, "listening");
  listener.unref();
  return {
    url: `http://${HOST}:${(listener.address() as AddressInfo).port}`,
    ask,
    skipped: async () => {
      const reasons: string[] = [];
      for (const [name, asked] of places) {
        const place = await asked;
        if (isSkipped(place)) reasons.push(`${name}: ${place.skipped}`);
      }
      return reasons;
    },
    close: async () => {
      listener.close();
      for (const place of await Promise.all(places.values()))
        if (!isSkipped(place)) await place.stop();
    },
  };
}
