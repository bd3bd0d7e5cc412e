import type { CallersTransaction } from "@pawl/conformance";
import type { PrismaClientLike, PrismaStatements } from "../src/index.ts";

const ROLLBACK = new Error("rolled back");

/** An interactive transaction of Prisma that ends when it is told to, not when a callback does. */
export async function beginTransaction(prisma: PrismaClientLike): Promise<CallersTransaction> {
  let decide: (how: "commit" | "rollback") => void = () => undefined;
  const decided = new Promise<"commit" | "rollback">((resolve) => {
    decide = resolve;
  });
  let ended: Promise<void> = Promise.resolve();
  const transaction = await new Promise<PrismaStatements>((resolve, reject) => {
    const work = async (client: PrismaStatements): Promise<void> => {
      resolve(client);
      if ((await decided) === "rollback") throw ROLLBACK;
    };
    ended = prisma
      .$transaction(work, { maxWait: 20_000, timeout: 60_000 })
      .catch((error: unknown) => {
        reject(error);
        if (error !== ROLLBACK) throw error;
      });
  });
  const end = (how: "commit" | "rollback") => async (): Promise<void> => {
    decide(how);
    await ended;
  };
  return { transaction, commit: end("commit"), rollback: end("rollback"), end: end("rollback") };
}
