import type { Persistence } from "@pawl/kernel/ports";
import { createPostgresPersistence } from "@pawl/persistence-sql";
import { prismaClient } from "@pawl/prisma-clients";
import { freshDatabase, isSkipped, privatePostgres } from "@pawl/services";
import { planOf, running, runOf, stageOf, stepPlan, workerOf } from "@pawl/test-parts/plans";
import { PrismaPg } from "@prisma/adapter-pg";
import { createPrismaPersistence } from "./src/index.ts";

/** Measures the hot path on PostgreSQL through Prisma against pg, in turns: ratios, no figures. */
const server = await privatePostgres();
if (isSkipped(server)) throw new Error(server.skipped);
const { url } = await freshDatabase(server);
const PrismaClient = await prismaClient("postgresql");
const clientOf = (named: boolean) => {
  const names = new Map<string, string>();
  const nameOf = (text: string): string => {
    const name = names.get(text) ?? `s${names.size}`;
    names.set(text, name);
    return name;
  };
  const statementNameGenerator = ({ sql }: { readonly sql: string }): string => nameOf(sql);
  const options = named ? { statementNameGenerator } : {};
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 10 }, options) });
};

const opened: Readonly<Record<string, Persistence>> = {
  pg: await createPostgresPersistence({ url, migrate: true }),
  prisma: await createPrismaPersistence({ prisma: clientOf(false) }),
  "prisma, named statements": await createPrismaPersistence({ prisma: clientOf(true) }),
};
const first = opened.pg as Persistence;
await first.commit(planOf({ writes: [workerOf(), runOf("run"), stageOf("run", running)] }));

let seq = 0;
const steps = async (persistence: Persistence): Promise<void> => {
  for (let i = 0; i < 300; i += 1) await persistence.commit(stepPlan("run", ++seq));
};
const batches = async (persistence: Persistence): Promise<void> => {
  for (let i = 0; i < 10; i += 1) {
    await persistence.commitMany(Array.from({ length: 64 }, () => stepPlan("run", ++seq)));
  }
};
const loads = async (persistence: Persistence): Promise<void> => {
  for (let i = 0; i < 200; i += 1) await persistence.load("run", { stages: "current" });
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

for (const [what, work] of Object.entries({ steps, batches, loads })) {
  const times = new Map<string, number[]>();
  for (let round = 0; round < 7; round += 1) {
    for (const [name, persistence] of Object.entries(opened)) {
      const startedAt = performance.now();
      await work(persistence);
      const known = times.get(name) ?? [];
      times.set(name, [...known, performance.now() - startedAt]);
    }
  }
  const base = median(times.get("pg") ?? []);
  for (const [name, measured] of times) {
    console.log(`${what}: ${name} ${(median(measured) / base).toFixed(2)} x the time of pg`);
  }
}
await server.remove();
process.exit();
