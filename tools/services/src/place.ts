/** A server to test against, or why there is none. */
export type Place = Server | Skipped;

export interface Server {
  readonly url: string;
  /** Ends the server if it is the caller's own; another's goes on. */
  stop(): Promise<void>;
}

export interface Skipped {
  readonly skipped: string;
}

export const isSkipped = (place: object): place is Skipped => "skipped" in place;
