import type { SqliteOutcome } from "@pawl/persistence-sql/adapters";
import type { PrismaClientLike, PrismaStatements } from "../prisma-client.ts";
import { apart, transactionOf } from "../transaction-client.ts";
import { thrown, WorkSession } from "./work-session.ts";

export interface SessionPlace {
  readonly prisma: PrismaClientLike;
  /** How long a transaction of somebody else's, on the same connection, is waited for. */
  readonly maxWait: number;
  readonly timeout: number;
  /** Writes nothing, and takes the lock. */
  readonly lockText: string;
}

/** One call's use of a client, which begins and ends its transactions. */
export class PrismaSession extends WorkSession {
  readonly #place: SessionPlace;

  constructor(place: SessionPlace) {
    super();
    this.#place = place;
  }

  protected reading<T>(work: (inside: PrismaStatements) => Promise<T>): Promise<T> {
    const { prisma, maxWait, timeout } = this.#place;
    return thrown(() => prisma.$transaction(work, { maxWait, timeout }));
  }

  /** Prisma begins without the lock: the first statement is one that takes it. */
  protected async writing<T>(
    work: (inside: PrismaStatements) => Promise<SqliteOutcome<T>>,
  ): Promise<T> {
    let outcome: SqliteOutcome<T> | undefined;
    try {
      await this.reading(async (client) => {
        await thrown(() => client.$executeRawUnsafe(this.#place.lockText));
        outcome = await work(client);
        if (!outcome.commit) throw NOTHING;
      });
      this.commits += 1;
    } catch (error) {
      if (error !== NOTHING) throw error;
    }
    return (outcome as unknown as SqliteOutcome<T>).value;
  }

  protected part<T>(
    inside: PrismaStatements | undefined,
    work: (part: PrismaStatements) => Promise<T>,
  ): Promise<T> {
    return partOf(inside, work);
  }
}

/** A session inside a transaction of the caller's. */
export class BoundSession extends WorkSession {
  readonly #caller: PrismaStatements;

  constructor(caller: PrismaStatements) {
    super();
    this.#caller = caller;
  }

  protected reading<T>(work: (inside: PrismaStatements) => Promise<T>): Promise<T> {
    return work(this.#caller);
  }

  protected async writing<T>(
    work: (inside: PrismaStatements) => Promise<SqliteOutcome<T>>,
  ): Promise<T> {
    return (await work(this.#caller)).value;
  }

  protected part<T>(
    inside: PrismaStatements | undefined,
    work: (part: PrismaStatements) => Promise<T>,
  ): Promise<T> {
    return partOf(inside ?? this.#caller, work);
  }
}

async function partOf<T>(
  inside: PrismaStatements | undefined,
  work: (part: PrismaStatements) => Promise<T>,
): Promise<T> {
  const parts = await thrown(() =>
    apart(transactionOf(inside), async (part) => [await work(part)] as const),
  );
  return (parts as readonly [T])[0];
}

const NOTHING = new Error("the transaction came to nothing");
