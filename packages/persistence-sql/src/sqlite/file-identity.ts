import { statSync } from "node:fs";
import { PersistenceUnavailableError } from "@pawl/kernel";

const CHECK_EVERY_MS = 1_000;

/**
 * Notices that an open file is no longer the one at its path. Such a file can still be written,
 * and all that is written to it is gone when the process ends.
 */
export class FileIdentity {
  readonly #path: string;
  readonly #opened: string | undefined;
  #checkedAt: number = performance.now();

  constructor(path: string) {
    this.#path = path;
    this.#opened = path === ":memory:" ? undefined : identityOf(path);
  }

  /**
   * Looks at most once a second.
   *
   * @throws PersistenceUnavailableError
   */
  check(): void {
    const now = performance.now();
    if (this.#opened === undefined || now - this.#checkedAt < CHECK_EVERY_MS) return;
    if (identityOf(this.#path) === this.#opened) {
      this.#checkedAt = now;
      return;
    }
    throw new PersistenceUnavailableError(
      `${this.#path} was removed or replaced while it was open, so what is written to it now ` +
        "would be lost: put the file back, or stop this process and start it again",
      { details: { path: this.#path } },
    );
  }
}

/** True when both paths lead to one file; what is in memory has none. */
export function isSameFile(a: string, b: string): boolean {
  const identity = a === ":memory:" ? undefined : identityOf(a);
  return identity !== undefined && identity === identityOf(b);
}

/** Undefined when there is no such file. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats && `${stats.dev}/${stats.ino}`;
}
