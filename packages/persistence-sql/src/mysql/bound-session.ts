import type { SqlRow, Statement } from "../statements/statement.ts";
import { DriverSession } from "./driver-session.ts";
import type { Outcome } from "./session.ts";

/**
 * A session inside a transaction of the caller's. Writes that fail are undone to a savepoint, and
 * with them what the caller writes meanwhile; what comes to nothing has written nothing.
 */
export class BoundSession extends DriverSession {
  /** The caller decides when anything is committed. */
  override autocommit<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  override reading(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]> {
    return this.allOf(statements);
  }

  override async writing<F, T>(
    first: () => Promise<F>,
    work: (first: F) => Promise<Outcome<T>>,
  ): Promise<T> {
    await this.control("SAVEPOINT pawl");
    try {
      const { value } = await work(await first());
      await this.control("RELEASE SAVEPOINT pawl");
      return value;
    } catch (error) {
      await Promise.allSettled(this.underWay);
      // A deadlock has undone the whole transaction, and the savepoint with it.
      await this.control("ROLLBACK TO SAVEPOINT pawl").catch(() => undefined);
      throw error;
    }
  }

  /** Without a transaction a savepoint is accepted, and gone at once. */
  async isBegun(): Promise<boolean> {
    await this.control("SAVEPOINT pawl_begun");
    return this.control("RELEASE SAVEPOINT pawl_begun").then(
      () => true,
      () => false,
    );
  }
}
