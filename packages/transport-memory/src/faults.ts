import type { NewMessage } from "./message-queue.ts";

/** What goes wrong, as chances in [0, 1] that are drawn from `random` and from nothing else. */
export interface TransportFaults {
  /** In [0, 1). From a seeded source the same calls meet the same faults. */
  readonly random: () => number;
  /** A job is accepted and never delivered. */
  readonly lose?: number;
  /** A job becomes 2 to `copiesMax` jobs. */
  readonly double?: number;
  /** Default 5. */
  readonly copiesMax?: number;
  /** A job comes up to `delayMsMax` late. */
  readonly delay?: number;
  /** Default 60,000. */
  readonly delayMsMax?: number;
  /** A job takes any place among those of its priority that are due. */
  readonly reorder?: number;
  /** An acknowledgement is forgotten: the job comes again after its end. */
  readonly forgetAck?: number;
}

const COPIES_MAX = 5;
const DELAY_MS_MAX = 60_000;

/** What becomes of a message that was sent: none, itself, or several. */
export function sentWith(faults: TransportFaults | undefined, message: NewMessage): NewMessage[] {
  if (faults === undefined) return [message];
  if (happens(faults, faults.lose)) return [];
  const copies = happens(faults, faults.double)
    ? 2 + Math.floor(faults.random() * ((faults.copiesMax ?? COPIES_MAX) - 1))
    : 1;
  return Array.from({ length: copies }, () => disturbed(faults, message));
}

export const forgetsAck = (faults: TransportFaults | undefined): boolean =>
  faults !== undefined && happens(faults, faults.forgetAck);

function disturbed(faults: TransportFaults, message: NewMessage): NewMessage {
  const late = happens(faults, faults.delay)
    ? Math.ceil(faults.random() * (faults.delayMsMax ?? DELAY_MS_MAX))
    : 0;
  const notBefore = message.notBefore + late;
  const rank = happens(faults, faults.reorder) ? faults.random() * notBefore : notBefore;
  return { ...message, notBefore, rank };
}

const happens = (faults: TransportFaults, chance = 0): boolean =>
  chance > 0 && faults.random() < chance;
