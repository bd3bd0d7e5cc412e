import type { SessionRef, StageKey } from "../state/ids.ts";
import type { EpochMs } from "../state/time.ts";

export interface Heartbeat {
  readonly ttlMs: number;
  readonly load: number;
}

/** A stage that the database says this session owns. */
export interface OwnedStage {
  readonly key: StageKey;
  readonly fence: number;
  readonly held: boolean;
  /** Inbox counter of its run. */
  readonly inbox: number;
}

/** Answer to a heartbeat. `alive: false`: the session is gone, nothing of it may be used. */
export interface HeartbeatReply {
  readonly alive: boolean;
  readonly draining: boolean;
  readonly owned: readonly OwnedStage[];
  readonly expiresAt: EpochMs;
  readonly dbNow: EpochMs;
}

/** Where to find a heartbeat that runs by itself, such as in a thread. It can be cloned. */
export interface HeartbeatDescriptor {
  /** URL of a module that exports `openHeartbeat`. */
  readonly module: string;
  /** Goes to `openHeartbeat` and, since it may hold a password, nowhere else. */
  readonly config: unknown;
}

/** A heartbeat over a connection of its own. */
export interface SeparateHeartbeat {
  /** As that of the persistence; when the connection was lost it makes another. */
  beat(session: SessionRef, beat: Heartbeat): Promise<HeartbeatReply>;
  /** Calls `lost` when the connection ends: beat soon, before others take it for a death. */
  onLost(lost: () => void): void;
  close(): Promise<void>;
}

/** What the module of a descriptor exports under this name. */
export type OpenHeartbeat = (config: unknown) => Promise<SeparateHeartbeat>;
