import { once } from "node:events";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";

const EXISTS =
  '<?xml version="1.0"?><Error><Code>PreconditionFailed</Code>' +
  "<Message>At least one of the preconditions you specified did not hold.</Message></Error>";

/**
 * fauxqs 2.4.1 overwrites an object that a put with `If-None-Match: *` finds. From here on every
 * HTTP server of this process refuses such a put, and looks at those of one object in turn.
 */
export function heedConditions(): void {
  const { emit } = Server.prototype;
  const last = new Map<string, Promise<unknown>>();
  Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    const pass = (): boolean => Reflect.apply(emit, this, [event, ...args]);
    if (event !== "request") return pass();
    const [request, response] = args as [IncomingMessage, ServerResponse];
    if (request.method !== "PUT" || request.headers["if-none-match"] !== "*") return pass();
    const url = new URL(request.url ?? "", `http://${request.headers.host}`);
    url.search = "";
    const done = once(response, "close");
    const before = last.get(url.href) ?? Promise.resolve();
    last.set(
      url.href,
      before.then(async () => {
        const { status } = await fetch(url, { method: "HEAD" });
        if (status === 200) refuse(request, response);
        else if (!request.destroyed) pass();
        await done;
      }),
    );
    return true;
  } as Server["emit"];
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(412, { "content-type": "application/xml" }).end(EXISTS);
}
