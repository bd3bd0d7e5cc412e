export type { HostSource } from "./host-source.ts";
export { createHttpHandler, type HttpHandlerOptions } from "./http-handler.ts";
export type { HttpReply } from "./http-reply.ts";
export type {
  FunctionUrlEvent,
  LambdaContext,
  SqsBatchResponse,
  SqsEvent,
  SqsRecord,
} from "./lambda-events.ts";
export {
  createScheduledHandler,
  type ScheduledHandlerOptions,
  type ScheduledResult,
} from "./scheduled-handler.ts";
export { createSqsHandler, type SqsHandlerOptions } from "./sqs-handler.ts";
