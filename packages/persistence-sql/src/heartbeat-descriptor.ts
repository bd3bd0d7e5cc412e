import type { HeartbeatDescriptor } from "@pawl/kernel/ports";

/** What a heartbeat needs to open the database by itself. A URL may hold a password. */
export type HeartbeatConfig = FilePlace | PostgresPlace | MysqlPlace;

export interface FilePlace {
  readonly kind: "sqlite";
  readonly path: string;
  readonly tablePrefix: string;
  readonly synchronous: "FULL" | "NORMAL";
}

export interface PostgresPlace {
  readonly kind: "postgres";
  readonly url: string;
  readonly schema: string;
  readonly tablePrefix: string;
}

export interface MysqlPlace {
  readonly kind: "mysql";
  readonly url: string;
  readonly tablePrefix: string;
}

/** This module and the one that it names lie side by side, as sources and when built. */
const MODULE = `./heartbeat-module${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`;

export const heartbeatDescriptor = (config: HeartbeatConfig): HeartbeatDescriptor => ({
  module: new URL(MODULE, import.meta.url).href,
  config,
});
