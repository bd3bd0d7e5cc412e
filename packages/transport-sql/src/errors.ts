import { EngineError } from "@pawl/kernel";

/** Somebody sends to, or receives from, a queue whose jobs are the ready stage rows themselves. */
export class ColocatedTransportError extends EngineError {
  constructor(verb: "enqueue" | "dequeue") {
    super(
      "E_UNSUPPORTED",
      `The SQL transport has nothing to ${verb}: the ready stage row is the job. ` +
        "Hosts claim it with job.claim; check capabilities.colocated before calling this.",
      { details: { verb } },
    );
  }
}
