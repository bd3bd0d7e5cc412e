import { setTimeout as after } from "node:timers/promises";
import type { Server } from "./place.ts";
import type { ServerProcess } from "./server-process.ts";

export type StopMode = "fast" | "immediate" | "kill";

/** A server that the caller may stop, break and start again. */
export interface OwnServer extends Server {
  readonly port: number;
  /**
   * `immediate` is a crash: the next start recovers. `kill` is SIGKILL, which leaves the other
   * processes of a PostgreSQL to find out by themselves. For good: `remove`.
   */
  stop(mode?: StopMode): Promise<void>;
  /** Again, on the same port with the same data, once what a kill has left is gone. */
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
    stop: (mode = "fast") => process.stop(mode === "kill" ? "SIGKILL" : signals[mode]),
    start: () => startedAgain(process),
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

const AGAIN_MS = 100;
const TRIES = 50;

async function startedAgain(process: ServerProcess): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await process.start();
    } catch (error) {
      if (tries >= TRIES) throw error;
    }
    await after(AGAIN_MS);
  }
}
