export type { Problem } from "./checks/problem.ts";
export { FAULT_KINDS } from "./faults/draw-faults.ts";
export type { Fault, FaultKind, FaultKinds } from "./faults/fault.ts";
export type { Tampering } from "./process/process-parts.ts";
export {
  type Found,
  type SeedOptions,
  shrinkSeed,
  simulateSeed,
} from "./seed/find-problem.ts";
export type { Simulated, SimulationOptions } from "./seed/run-scenario.ts";
export type { Adapter, ScenarioOptions } from "./seed/scenario.ts";
export { type SeedProblem, type Simulation, simulate } from "./simulate.ts";
export type { SimulatedStart, SimulateOptions } from "./simulate-options.ts";
