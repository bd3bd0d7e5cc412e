import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource, createNodeRuntime, systemClock } from "@pawl/host-node";
import { type BoundKernel, createKernel, createRegistry, defineWorkflow } from "@pawl/kernel";
import { createPrismaTransport } from "@pawl/transport-prisma";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PrismaStatements } from "../../src/index.ts";
import { type TemporaryFile, temporaryFile } from "./temporary-file.ts";

let file: TemporaryFile;
beforeEach(async () => {
  file = await temporaryFile();
});
afterEach(() => file.remove());

const settle = defineWorkflow({
  id: "settle",
  run: (ctx, order: string) => ctx.step("paid", () => order),
});

test("a run is started with the caller's rows, or gone with them [147]", async () => {
  const prisma = await file.client();
  const persistence = await file.open({ prisma });
  const kernel = createKernel({
    persistence,
    registry: createRegistry([settle]),
    jobTransport: createPrismaTransport(),
    runtime: createNodeRuntime(),
    blobStore: createMemoryBlobStore(),
    clock: systemClock,
    ids: createIdSource(),
  });
  await prisma.$executeRawUnsafe("CREATE TABLE orders (id TEXT PRIMARY KEY)");
  const order = async (transaction: PrismaStatements, id: string): Promise<BoundKernel> => {
    await transaction.$executeRawUnsafe("INSERT INTO orders VALUES (?)", id);
    const start = { type: "run.create", workflowId: "settle", input: id } as const;
    const bound = kernel.bind(transaction);
    await bound.dispatch(start);
    return bound;
  };
  const ready: string[] = [];
  kernel.listen((news) => {
    if (news.type === "ready") ready.push(news.type);
  });
  const bound = await prisma.$transaction((transaction) => order(transaction, "kept"));
  expect(ready).toEqual([]);
  await bound.afterCommit();
  expect(ready).toEqual(["ready"]);
  const regretted = prisma.$transaction(async (transaction) => {
    await order(transaction, "regretted");
    throw new Error("no money");
  });
  await expect(regretted).rejects.toThrow("no money");
  expect(await persistence.query.find({ table: "runs", where: {}, limit: 9 })).toHaveLength(1);
  expect(await prisma.$queryRawUnsafe("SELECT id FROM orders")).toEqual([{ id: "kept" }]);
});
