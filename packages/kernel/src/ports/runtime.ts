import type { HostAbortSignal } from "../state/abort-signal.ts";

/** Ends a pending `after` early; its promise then settles without having waited. */
export interface Cancellation {
  readonly cancelled: Promise<unknown>;
}

export interface AbortHandle {
  readonly signal: HostAbortSignal;
  abort(reason: unknown): void;
}

/** Marks an asynchronous call tree, so that a durable call inside a step body is recognised. */
export interface AsyncScope {
  run<T>(mark: object, body: () => T): T;
  /** Mark of the innermost `run` around this call, across awaits. */
  current(): object | undefined;
}

/** What the kernel asks of its host, having neither timers nor globals of its own. */
export interface Runtime {
  /** Resolves after `ms`, or as soon as `cancel` settles; a pending timer never leaks. */
  after(ms: number, cancel?: Cancellation): Promise<void>;
  /** One macrotask: every microtask queued before it has run when it resolves. */
  turn(): Promise<void>;
  newAbort(): AbortHandle;
  /** Absent where the platform has none: then only a body's synchronous part is recognised. */
  readonly scope?: AsyncScope;
  /** Lower-case hex SHA-256. */
  digest(bytes: Uint8Array): Promise<string>;
}
