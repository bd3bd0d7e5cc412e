import type { WaitRow } from "../state/wait.ts";
import type { Operation } from "./operation.ts";

/** A wait of this execution that has no outcome yet. */
export interface OpenWait {
  readonly row: WaitRow;
  readonly operation: Operation;
  /** Its row is in the database. */
  stored: boolean;
}
