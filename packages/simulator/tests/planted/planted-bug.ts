import type { JobTransport } from "@pawl/kernel/ports";
import type { Tampering } from "../../src/index.ts";

interface Named {
  readonly name: string;
  /** Where others had it, by number; see docs/PROOF.md. A sin is one that many had. */
  readonly source: number | "sin";
}

/** A bug that seeds must find. */
export interface SimulatedBug extends Named {
  /** Made anew for each simulation, since some remember. */
  readonly plant: () => Tampering;
}

/** A bug of an adapter that a clause of a conformance suite must find. */
export type AdapterBug = Named & { readonly clause: string } & (
    | { readonly plant: () => Pick<Tampering, "wrapStore"> }
    | { readonly plantInTransport: (sound: JobTransport) => JobTransport }
  );
