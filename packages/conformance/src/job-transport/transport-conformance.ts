import type { TestRunner } from "../runner.ts";
import { acknowledgementCases } from "./acknowledgement-cases.ts";
import { colocatedCases } from "./colocated-cases.ts";
import { deliveryCases } from "./delivery-cases.ts";
import { racingCases } from "./racing-cases.ts";
import { redeliveryCases } from "./redelivery-cases.ts";
import type { TransportCase, TransportSubject } from "./subject.ts";
import { waitingCases } from "./waiting-cases.ts";

export interface TransportConformanceOptions {
  /** Stands before every case. */
  readonly name: string;
  /** An empty transport; called once for every case. */
  readonly create: () => Promise<TransportSubject>;
  /** The ready stage row is the job: the suite shows what is refused instead. */
  readonly colocated?: boolean;
}

/** Time passes really where a broker's clock can't be moved. */
const CASE_TIMEOUT_MS = 60_000;

/** Every clause of the `JobTransport` port, for pull delivery, as cases of the given runner. */
export function transportConformance(
  runner: TestRunner,
  options: TransportConformanceOptions,
): void {
  const test: TransportCase = (name, body) =>
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
  runner.describe(`JobTransport: ${options.name}`, () => {
    if (options.colocated) {
      colocatedCases(test, runner.expect);
      return;
    }
    deliveryCases(test, runner.expect);
    acknowledgementCases(test, runner.expect);
    redeliveryCases(test, runner.expect);
    waitingCases(test, runner.expect);
    racingCases(test, runner.expect);
  });
}
