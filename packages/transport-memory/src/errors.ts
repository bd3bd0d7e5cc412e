import { EngineError } from "@pawl/kernel";

/** The transport was closed: the process is going down, or closed it too early. */
export class TransportClosedError extends EngineError {
  constructor(verb: string) {
    super(
      "E_TRANSPORT_UNAVAILABLE",
      `The memory transport is closed and can't ${verb}. Stop hosts before closing it.`,
      { details: { verb } },
    );
  }
}
