import { type FreshDatabase, freshDatabase, sqlClient } from "@pawl/services";
import { describeOn, postgres } from "@pawl/services/vitest";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { blocksOf } from "./readme-blocks.ts";
import { type Ran, runBlocks } from "./run-blocks.ts";

vi.setConfig({ testTimeout: 90_000 });

const STEPS = ["charge", "document", "confirm"];

describeOn("the commands of", await postgres(), (server) => {
  let database: FreshDatabase;
  beforeEach(async () => {
    database = await freshDatabase(server);
  });
  afterEach(() => database.drop());

  /** Runs a README's commands; what they print is what it says. */
  async function follow(example: string, signal: AbortSignal): Promise<Ran> {
    const { executed } = blocksOf(example);
    const ran = await runBlocks(executed, { PAWL_DATABASE_URL: database.url }, signal);
    expect(ran, ran.said).toMatchObject({ code: 0 });
    const promised = executed.map(({ printed }, at) => printed ?? ran.printed[at]);
    expect(ran.printed).toEqual(promised);
    expect(executed.filter(({ printed }) => printed !== undefined)).not.toEqual([]);
    return ran;
  }

  /** Steps of every order, in order of time, each with the claim under which it was recorded. */
  async function recorded(): Promise<ReadonlyMap<string, readonly Recorded[]>> {
    const client = sqlClient(database.url);
    const rows = await client.rows<Recorded>(
      'SELECT i.key AS "order", s.key, s.fence::int FROM steps s' +
        " JOIN idempotency i ON i.run_id = s.run_id ORDER BY s.seq",
    );
    await client.close();
    const orders = new Set(rows.map(({ order }) => order));
    return new Map([...orders].map((name) => [name, rows.filter(({ order }) => order === name)]));
  }

  it("node-fleet: two workers on one server carry orders out [150]", async ({ signal }) => {
    const { said } = await follow("node-fleet", signal);
    expect(said.match(/^worker \d+: \d+ jobs$/gm)).toHaveLength(2);
    for (const steps of (await recorded()).values()) expect(steps.map(keyOf)).toEqual(STEPS);
  });

  it("lambda-sqs: the packed functions carry posted orders out [150]", async ({ signal }) => {
    const { said } = await follow("lambda-sqs", signal);
    expect(said).toMatch(/^functions: [1-9]\d* messages$/m);
    const orders = await recorded();
    expect(orders.size).toBe(3);
    for (const steps of orders.values()) expect(steps.map(keyOf)).toEqual(STEPS);
  });

  it("mixed: an order begun on Node is finished by functions [149, 150]", async ({ signal }) => {
    const { said } = await follow("mixed", signal);
    expect(said).toMatch(/^worker \d+: [1-9]\d* jobs$/m);
    expect(said).toMatch(/^functions: [1-9]\d* messages$/m);
    const orders = await recorded();
    expect(orders.size).toBe(16);
    for (const steps of orders.values()) expect(steps.map(keyOf)).toEqual(STEPS);
    const [charge, document, confirm] = orders.get("order-1") ?? [];
    expect(document?.fence).toBe(charge?.fence);
    expect(confirm?.fence).toBeGreaterThan(document?.fence ?? Number.POSITIVE_INFINITY);
  });
});

interface Recorded {
  readonly order: string;
  readonly key: string;
  readonly fence: number;
}

const keyOf = ({ key }: Recorded): string => key;
