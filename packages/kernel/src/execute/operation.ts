import type { OperationKey } from "../state/ids.ts";
import type { StepKind } from "../state/step.ts";
import type { WaitKind } from "../state/wait.ts";

/** What a call is: compared with what the memo says it was. */
export type OperationKind =
  | { readonly type: "step"; readonly kind: StepKind }
  | { readonly type: "wait"; readonly kind: WaitKind };

/** One durable call of a body, with the promise that the body holds. */
export class Operation {
  readonly id: OperationKey;
  readonly kind: OperationKind;
  /** Number of durable calls before this one. */
  readonly calledAt: number;
  readonly promise: Promise<unknown>;
  /** Begins the work when the memo has no answer. */
  readonly begin: () => void;
  #resolve!: (value: unknown) => void;
  #reject!: (reason: unknown) => void;

  constructor(parts: Pick<Operation, "id" | "kind" | "calledAt" | "begin">) {
    this.id = parts.id;
    this.kind = parts.kind;
    this.calledAt = parts.calledAt;
    this.begin = parts.begin;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => {});
  }

  settle(answer: Answer): void {
    if ("error" in answer) this.#reject(answer.error);
    else this.#resolve(answer.value);
  }
}

export type Answer = { readonly value: unknown } | { readonly error: unknown };
