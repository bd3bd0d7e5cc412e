import { once } from "node:events";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { contextOf, scheduledEvent } from "./local/events.ts";
import { serveFunctionUrl } from "./local/function-url.ts";
import { startQueueTrigger } from "./local/queue-trigger.ts";
import { readTemplate } from "./local/template.ts";

/** EventBridge calls once a minute; here nobody wants to wait for it. */
const TICK_MS = 5_000;

/**
 * Stands in for Lambda until it is told to end: its queue trigger, its schedule and its function
 * URL, over handlers as they are written, or packed where the command line names that file.
 */
const { QUEUE_URL = "", PAWL_FUNCTION_URL = "" } = process.env;
const handlers: typeof import("./handlers.ts") = await import(
  process.argv[2] ? pathToFileURL(resolve(process.argv[2])).href : "./handlers.ts"
);
const { Timeout: timeoutSeconds } = readTemplate().Globals.Function;
const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);

const tick = async (): Promise<void> => {
  await handlers.onSchedule(scheduledEvent(new Date()), contextOf(timeoutSeconds));
};
await tick();
const schedule = setInterval(() => tick().catch(console.error), TICK_MS);
const trigger = await startQueueTrigger({
  queueUrl: QUEUE_URL,
  timeoutSeconds,
  handler: handlers.onMessages,
});
const close = await serveFunctionUrl({
  url: new URL(PAWL_FUNCTION_URL),
  timeoutSeconds,
  handler: handlers.onRequest,
});
console.error(`function URL at ${PAWL_FUNCTION_URL}`);

await ended;
clearInterval(schedule);
await close();
await trigger.stop();
console.error(`functions: ${trigger.handled} messages`);
process.exit();
