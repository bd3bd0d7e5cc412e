/** What runs statements: a PrismaClient, or the client of one of its interactive transactions. */
export interface PrismaStatements {
  $queryRawUnsafe<T = unknown>(text: string, ...values: unknown[]): PromiseLike<T>;
  $executeRawUnsafe(text: string, ...values: unknown[]): PromiseLike<number>;
}

export interface PrismaTransactionOptions {
  /** How long to wait for a connection. */
  readonly maxWait?: number;
  /** After how long the transaction is given up. */
  readonly timeout?: number;
  readonly isolationLevel?: "ReadCommitted" | "RepeatableRead" | "Serializable";
}

/** Any client that Prisma 7 generates, by its shape: of any provider, with any models. */
export interface PrismaClientLike extends PrismaStatements {
  $transaction<T>(
    work: (transaction: PrismaStatements) => Promise<T>,
    options?: PrismaTransactionOptions,
  ): Promise<T>;
}
