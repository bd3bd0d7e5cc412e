import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("process.ts", import.meta.url));

/**
 * Starts servers that outlive this process, and prints how a shell is told of them:
 * `eval "$(node servers/main.ts sqs)"`. `kill $PAWL_SERVERS_PID` ends them and removes their data.
 */
const servers = fork(PROGRAM, process.argv.slice(2), { detached: true, stdio: "ignore" });
const [said] = await Promise.race([once(servers, "message"), once(servers, "exit")]);
if (typeof said !== "object") throw new Error(`The servers ended with ${said}.`);
const { error, ...environment } = said as Readonly<Record<string, string>>;
if (error) throw new Error(error);
for (const [name, value] of Object.entries({ ...environment, PAWL_SERVERS_PID: servers.pid }))
  console.log(`export ${name}='${value}'`);
servers.disconnect();
servers.unref();
