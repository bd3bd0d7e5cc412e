import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { createHttpHandler } from "@pawl/host-serverless/lambda";
import { contextOf, urlEvent } from "./events.ts";

export interface FunctionUrlParts {
  /** Where it is served, on this machine. */
  readonly url: URL;
  readonly timeoutSeconds: number;
  readonly handler: ReturnType<typeof createHttpHandler>;
}

/** Serves what a function URL would, and asks nobody who they are. Answers how to end it. */
export async function serveFunctionUrl(parts: FunctionUrlParts): Promise<() => Promise<void>> {
  const { url, timeoutSeconds, handler } = parts;
  const server = createServer(async (request, response) => {
    try {
      const reply = await handler(await eventOf(request, url), contextOf(timeoutSeconds));
      response.writeHead(reply.statusCode, reply.headers).end(reply.body);
    } catch (error) {
      console.error(error);
      response.writeHead(502).end();
    }
  });
  server.listen(Number(url.port), url.hostname);
  await once(server, "listening");
  return async () => {
    const closed = once(server, "close");
    server.close();
    await closed;
  };
}

async function eventOf(request: IncomingMessage, base: URL) {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return urlEvent({
    method: request.method ?? "GET",
    url: new URL(request.url ?? "/", base),
    headers: Object.fromEntries(headers),
    body: await text(request),
  });
}
