import type { TestRunner } from "../runner.ts";
import { proveOn } from "./bench.ts";
import { controlCases } from "./control-cases.ts";
import { failureCases } from "./failure-cases.ts";
import { restartCases } from "./restart-cases.ts";
import type { HostConformanceOptions } from "./subject.ts";
import { timeCases } from "./time-cases.ts";
import { valueCases } from "./value-cases.ts";

/** What users may rely on whoever hosts their workflows, HOST-1 to HOST-15. */
export function hostConformance(runner: TestRunner, options: HostConformanceOptions): void {
  const prove = proveOn(runner, options);
  runner.describe(`host: ${options.name}`, () => {
    valueCases(prove);
    timeCases(prove);
    failureCases(prove);
    controlCases(prove);
    restartCases(prove);
  });
}
