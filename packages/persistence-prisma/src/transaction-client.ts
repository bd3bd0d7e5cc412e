import { EngineError } from "@pawl/kernel";
import type { PrismaStatements } from "./prisma-client.ts";

/** What the callback of `$transaction` is given. It nests: a part that throws is undone alone. */
export interface PrismaTransaction extends PrismaStatements {
  $transaction<T>(work: (part: PrismaStatements) => Promise<T>): Promise<T>;
}

/** @throws EngineError E_ARGUMENT_INVALID for all else, a whole client among it */
export function transactionOf(given: unknown): PrismaTransaction {
  const client = given as Partial<PrismaTransaction & { $connect: unknown }> | null | undefined;
  const isOne =
    typeof client?.$queryRawUnsafe === "function" &&
    typeof client.$transaction === "function" &&
    client.$connect === undefined;
  if (isOne) return client as PrismaTransaction;
  throw unusable("is none: give what the callback of prisma.$transaction is given");
}

/** Keeps all that the work does or, when it answers undefined or throws, nothing of it. */
export async function apart<T>(
  transaction: PrismaTransaction,
  work: (part: PrismaStatements) => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await transaction.$transaction(async (part) => {
      const value = await work(part);
      if (value === undefined) throw NOTHING;
      return value;
    });
  } catch (error) {
    if (error === NOTHING) return undefined;
    if (await hasEnded(transaction)) throw unusable("has ended", error);
    throw error;
  }
}

const NOTHING = new Error("the part came to nothing");

/** Nesting in one that is over fails with a message that speaks of something else. */
const hasEnded = async (transaction: PrismaTransaction): Promise<boolean> => {
  try {
    await transaction.$queryRawUnsafe("SELECT 1 AS one");
    return false;
  } catch (error) {
    return isOver(error);
  }
};

/** A statement by itself: nests in nothing, so it meets the end of the transaction itself. */
export async function inTransaction<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw isOver(error) ? unusable("has ended", error) : error;
  }
}

const isOver = (error: unknown): boolean => (error as { readonly code?: unknown }).code === "P2028";

const unusable = (why: string, cause?: unknown): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `the transaction given to bind ${why}`, { cause });
