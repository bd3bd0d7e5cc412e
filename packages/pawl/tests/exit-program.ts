/** Says whether anything keeps it alive: before, with an app, and after that has stopped. */
import { defineWorkflow, pawl } from "../src/index.ts";

const timers = (): boolean => process.getActiveResourcesInfo().includes("Timeout");
const [directory = ""] = process.argv.slice(2);
const hello = defineWorkflow({ id: "hello", run: async () => "hello" });
const kept = [timers()];
const app = await pawl({ workflows: [hello], directory, environment: {} });
const text = await (await app.start(hello, undefined)).result({ timeoutMs: 60_000 });
kept.push(timers());
await app.stop();
kept.push(timers());
console.log(text, kept.join(" "));
