import { isDeepStrictEqual } from "node:util";
import { Adversary, type Mischief } from "./adversary.ts";
import { DeliveryPlace, KINDS } from "./delivery-place.ts";
import { judgeDelivery, type Shape, shapesOf } from "./judge-delivery.ts";
import { type LedgerRows, ledgerRows } from "./ledger-rows.ts";

export interface RedisPlay {
  readonly seed: number;
  readonly runs: number;
  /** Of a Redis; what is played has keys of its own in it. */
  readonly url: string;
  /** Of one stage; default 8. */
  readonly dropsInARowMax?: number;
}

export interface RedisPlayed {
  readonly problems: readonly string[];
  readonly runs: number;
  readonly bodies: number;
  readonly done: Readonly<Record<Mischief, number>>;
}

const HOSTS = 3;

let sound: Promise<ReadonlyMap<string, Shape>> | undefined;

/** What runs look like when the queue does as it is told, by workflow and input. */
async function soundShapes(url: string): Promise<ReadonlyMap<string, Shape>> {
  const place = new DeliveryPlace(url);
  try {
    await place.start(1, (transport) => transport);
    const nths = Array.from({ length: KINDS }, (_, nth) => nth);
    const started = await Promise.all(nths.map((nth) => place.create(nth)));
    const open = await place.untilEnded(nths.length);
    if (open > 0) throw new Error(`${open} runs do not end though nothing is wrong`);
    const shapes = shapesOf(await ledgerRows(place.persistence), place.bodies);
    return new Map(started.map(({ runId, what }) => [what, shapes.get(runId) as Shape]));
  } finally {
    await place.remove();
  }
}

/** Plays so many runs at once; what the adversary does follows from the seed, when it does not. */
export async function playOnRedis({
  seed,
  runs,
  url,
  dropsInARowMax,
}: RedisPlay): Promise<RedisPlayed> {
  sound ??= soundShapes(url);
  const shapes = await sound;
  const adversary = new Adversary(`${seed}`, dropsInARowMax);
  const place = new DeliveryPlace(url);
  try {
    await place.start(HOSTS, (transport) => adversary.before(transport));
    const nths = Array.from({ length: runs }, (_, nth) => nth);
    const started = await Promise.all(nths.map((nth) => place.create(nth)));
    const expected = new Map(started.map(({ runId, what }) => [runId, shapes.get(what) as Shape]));
    const open = await place.untilEnded(runs);
    const rows = await ledgerRows(place.persistence);
    const problems = [
      ...[...expected.keys()]
        .filter((id) => !place.ended.has(id))
        .map((id) => `run ${id} has not ended; its jobs: ${adversary.accountOf(id)}`),
      ...judgeDelivery({ rows, bodies: place.bodies, expected }),
      ...place.members.flatMap(({ host }) => lossesOf(host.getStats().losses)),
      ...(open > 0 ? [] : await afterTheEnd(place, { adversary, rows })),
    ];
    const bodies = [...place.bodies.values()].reduce((sum, { length }) => sum + length, 0);
    return { problems, runs: place.ended.size, bodies, done: adversary.done };
  } finally {
    await place.remove();
  }
}

const lossesOf = (losses: number): readonly string[] =>
  losses === 0 ? [] : [`a host has lost its session ${losses} times, though nothing befell it`];

interface Ended {
  readonly adversary: Adversary;
  readonly rows: LedgerRows;
}

/** Every job comes once more, and changes nothing; then the queue is empty. */
async function afterTheEnd(
  place: DeliveryPlace,
  { adversary, rows }: Ended,
): Promise<readonly string[]> {
  adversary.calm();
  const transport = place.transport();
  const bodies = structuredClone(place.bodies);
  try {
    const late = adversary.sent.map((job) => ({ ...job, notBefore: Date.now() }));
    await transport.enqueue(late);
    adversary.deliveredAt = performance.now();
    await place.untilSilent(adversary);
    const left = await transport.dequeue({ workerId: "last", limit: 10, waitMs: 0 });
    const now = await ledgerRows(place.persistence);
    return [
      ...left.map(({ body }) => `the queue still has ${JSON.stringify(body).slice(0, 200)}`),
      ...(isDeepStrictEqual(now, rows) ? [] : ["jobs that came after the end changed rows"]),
      ...(isDeepStrictEqual(place.bodies, bodies) ? [] : ["bodies were entered after the end"]),
    ];
  } finally {
    await transport.close();
  }
}
