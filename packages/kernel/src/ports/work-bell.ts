import type { Logger } from "./logger.ts";

/** Where stages may be claimed. */
export interface WorkPlace {
  readonly namespace: string;
  /** Absent: of some queue. */
  readonly queue?: string;
}

/** Told where there is work; nothing when anything may have happened anywhere. */
export type WorkHeard = (place?: WorkPlace) => void;

/**
 * News between processes: somebody else made a stage ready. Advice only: it may be lost, late,
 * doubled or merged, so nobody does without a poll.
 *
 * - **NOTIFY-1** Listeners of other handles of a store hear namespace and queue of a ring as they
 *   were given, whatever their characters; of too long names less, never something else.
 * - **NOTIFY-2** A handle does not hear its own rings: its process knows.
 * - **NOTIFY-3** `ring` returns at once and never throws, whatever has become of the store. It is
 *   no part of a commit and costs none anything.
 * - **NOTIFY-4** Of many rings for one place few are heard, the last of them after the last ring.
 * - **NOTIFY-5** A listener hears that anything may have happened when it begins to hear, at first
 *   and after each interruption.
 * - **NOTIFY-6** Who stopped listening hears nothing more, and the others still do. Closing the
 *   store ends all listening; rings shortly before it still go out.
 */
export interface WorkBell {
  ring(place: WorkPlace): void;
  /** Answers how to stop. What there is to say about the listening goes to `logger`. */
  listen(heard: WorkHeard, logger: Logger): () => Promise<void>;
}
