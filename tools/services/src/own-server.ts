import type { Server } from "./place.ts";
import type { ServerProcess } from "./server-process.ts";

/** A server that the caller may stop, break and start again. */
export interface OwnServer extends Server {
  readonly port: number;
  /** `immediate` is a crash: the next start recovers. For good: `remove`. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
  /** Again, on the same port with the same data. */
  start(): Promise<void>;
  /** SIGSTOP: it accepts connections and answers none. */
  freeze(): void;
  thaw(): void;
  /** What it wrote since its last start. */
  log(): string;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

export interface OwnServerParts {
  readonly url: string;
  readonly port: number;
  readonly process: ServerProcess;
  /** What the server understands as "end well" and as "end now". */
  readonly signals: { readonly fast: NodeJS.Signals; readonly immediate: NodeJS.Signals };
  removeData(): void;
}

export function ownServer({ url, port, process, signals, removeData }: OwnServerParts): OwnServer {
  return {
    url,
    port,
    stop: (mode = "fast") => process.stop(signals[mode]),
    start: () => process.start(),
    freeze: () => process.signal("SIGSTOP"),
    thaw: () => process.signal("SIGCONT"),
    log: () => process.log(),
    remove: async () => {
      process.signal("SIGCONT");
      await process.stop(signals.immediate);
      removeData();
    },
  };
}
