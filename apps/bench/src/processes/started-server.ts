import type { OwnServer } from "@pawl/services";

/** A server that has the observer's role and counts statements. */
export interface StartedServer {
  readonly server: OwnServer;
  /** Its name, its version and what its durability depends on. */
  readonly facts: string;
}
