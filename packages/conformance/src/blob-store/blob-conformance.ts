import type { TestRunner } from "../runner.ts";
import { contentCases } from "./content-cases.ts";
import { durableCases } from "./durable-cases.ts";
import { keyCases } from "./key-cases.ts";
import { racingCases } from "./racing-cases.ts";
import type { BlobCase, BlobSubject } from "./subject.ts";

export interface BlobConformanceOptions {
  /** Stands before every case. */
  readonly name: string;
  /** An empty store; called once for every case. */
  readonly create: () => Promise<BlobSubject>;
  /** The store outlives its process: adds the cases that open it again and die in a put. */
  readonly durable?: boolean;
}

/** A slow disk may take its time over a thousand files. */
const CASE_TIMEOUT_MS = 60_000;

/** Every clause of the `BlobStore` port as cases of the given test runner. */
export function blobConformance(runner: TestRunner, options: BlobConformanceOptions): void {
  const test: BlobCase = (name, body) =>
    runner.it(
      name,
      async () => {
        const subject = await options.create();
        try {
          await body(subject);
        } finally {
          await subject.destroy();
        }
      },
      CASE_TIMEOUT_MS,
    );
  runner.describe(`BlobStore: ${options.name}`, () => {
    contentCases(test, runner.expect);
    keyCases(test, runner.expect);
    racingCases(test, runner.expect);
    if (options.durable) durableCases(test, runner.expect);
  });
}
