export { type BlobConformanceOptions, blobConformance } from "./blob-store/blob-conformance.ts";
export type { BlobSubject } from "./blob-store/subject.ts";
export { type FailedCase, failedCases } from "./failed-cases.ts";
export { hostConformance } from "./host/host-conformance.ts";
export type { HostConformanceOptions, HostStart, HostSubject } from "./host/subject.ts";
export { STRAY_GHOSTS, type StrayMessage, strayMessages } from "./job-transport/stray-messages.ts";
export type { TransportClock, TransportSubject } from "./job-transport/subject.ts";
export {
  type TransportConformanceOptions,
  transportConformance,
} from "./job-transport/transport-conformance.ts";
export { persistenceConformance } from "./persistence/persistence-conformance.ts";
export type {
  CallersTransaction,
  ManualClock,
  PersistenceStore,
  PersistenceSubject,
  SubjectCapabilities,
} from "./persistence/subject.ts";
export type { Expect, Matchers, TestRunner } from "./runner.ts";
