import type { CommitResult } from "@pawl/kernel/ports";
import type { PortCall } from "../process/port-call.ts";

/** Sessions of workers as the store was told of them. */
export class Sessions {
  /** Worker by session; sessions that were declared gone are none. */
  readonly #workers = new Map<string, string>();
  readonly #dead = new Set<string>();

  /** No session of a worker that died is left. */
  get areGone(): boolean {
    return [...this.#workers.values()].every((worker) => !this.#dead.has(worker));
  }

  died(worker: string): void {
    this.#dead.add(worker);
  }

  of(worker: string): readonly string[] {
    return [...this.#workers].flatMap(([session, of]) => (of === worker ? [session] : []));
  }

  settled({ method, plans }: PortCall, answer: unknown): void {
    const results = method === "commit" ? [answer] : (answer as readonly unknown[]);
    for (const [i, { writes }] of plans.entries()) {
      if (!(results[i] as CommitResult).ok) continue;
      for (const write of writes) {
        if (!("table" in write) || write.table !== "workers") continue;
        if (write.op === "insert") this.#workers.set(write.row.id, write.row.workerId as string);
        if (write.op === "update" && write.set.status === "gone") {
          this.#workers.delete(write.key.id);
        }
      }
    }
  }
}
