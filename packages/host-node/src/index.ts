export { type ConsoleLoggerOptions, createConsoleLogger, type LogLevel } from "./console-logger.ts";
export type { ExecutionCounts } from "./executions.ts";
export type { HealthOptions, NodeHostOptions } from "./host-options.ts";
export { createIdSource, type IdSourceOptions } from "./id-source.ts";
export { createNodeHost, type HostStats, type HostTick, type NodeHost } from "./node-host.ts";
export { createNodeRuntime, type NodeRuntimeOptions } from "./node-runtime.ts";
export type { ShutdownHook, ShutdownHookOptions } from "./shutdown-hooks.ts";
export { systemClock } from "./system-clock.ts";
