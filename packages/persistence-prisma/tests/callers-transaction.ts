import type { CallersTransaction } from "@pawl/conformance";
import type { PrismaClientLike, PrismaStatements } from "../src/index.ts";

const ROLLBACK = new Error("rolled back");

/** An interactive transaction of Prisma that ends when it is told to, not when a callback does. */
export async function beginTransaction(prisma: PrismaClientLike): Promise<CallersTransaction> {
  const begun = Promise.withResolvers<PrismaStatements>();
  const decided = Promise.withResolvers<"commit" | "rollback">();
  const ended = prisma
    .$transaction(
      async (transaction) => {
        begun.resolve(transaction);
        if ((await decided.promise) === "rollback") throw ROLLBACK;
      },
      { maxWait: 20_000, timeout: 60_000 },
    )
    .catch((error: unknown) => {
      begun.reject(error);
      if (error !== ROLLBACK) throw error;
    });
  const end = (how: "commit" | "rollback") => async () => {
    decided.resolve(how);
    await ended;
  };
  return {
    transaction: await begun.promise,
    commit: end("commit"),
    rollback: end("rollback"),
    end: end("rollback"),
  };
}
