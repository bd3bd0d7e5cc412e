/** The global AbortSignal where the program has one, else its essential shape. */
export type HostAbortSignal = typeof globalThis extends {
  AbortSignal: { prototype: infer Signal };
}
  ? Signal
  : MinimalAbortSignal;

export interface MinimalAbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
}
