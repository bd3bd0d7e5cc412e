import type { OpenHeartbeat, SeparateHeartbeat } from "@pawl/kernel/ports";
import type { HeartbeatConfig } from "./heartbeat-descriptor.ts";

/** Opens the heartbeat that a descriptor of this package describes, with its driver alone. */
export const openHeartbeat: OpenHeartbeat = (config) => openKind(config as HeartbeatConfig);

async function openKind(config: HeartbeatConfig): Promise<SeparateHeartbeat> {
  switch (config.kind) {
    case "sqlite":
      return (await import("./sqlite/file-heartbeat.ts")).openFileHeartbeat(config);
    case "postgres":
      return (await import("./postgres/own-heartbeat.ts")).openOwnHeartbeat(config);
    case "mysql":
      return (await import("./mysql/own-heartbeat.ts")).openOwnHeartbeat(config);
  }
}
