import { checkOptions, type OptionKinds, type RunCreate, shown } from "@pawl/kernel";
import { atLeast } from "../host-options.ts";
import type { Call } from "../invocation-budget.ts";
import type { ServerlessHost } from "../serverless-host.ts";
import { type HostSource, hostFrom } from "./host-source.ts";
import { errorReply, HttpError, type HttpReply, jsonReply } from "./http-reply.ts";
import type { FunctionUrlEvent, LambdaContext } from "./lambda-events.ts";

export interface HttpHandlerOptions {
  readonly host: HostSource;
  /** Stands before every path, such as "/pawl". Default: nothing. */
  readonly basePath?: string;
  /** Larger bodies are refused before they are parsed. Default 1 MiB. */
  readonly bodyBytesMax?: number;
}

const OPTIONS: OptionKinds<HttpHandlerOptions> = {
  host: "any",
  basePath: "text?",
  bodyBytesMax: "number?",
};

interface Request {
  readonly host: ServerlessHost;
  readonly call: Call;
  readonly basePath: string;
  readonly runId: string;
  /** Parses it when called. */
  body(): Record<string, unknown>;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  answer(request: Request): Promise<HttpReply>;
}

const ROUTES: readonly Route[] = [
  { method: "POST", path: /^\/runs$/, answer: start },
  { method: "GET", path: /^\/runs\/(?<runId>[^/]+)$/, answer: status },
  { method: "POST", path: /^\/runs\/(?<runId>[^/]+)\/signals$/, answer: signal },
];

/**
 * A handler for a function URL or an HTTP API, payload format 2.0: `POST /runs` starts,
 * `GET /runs/{id}` tells, `POST /runs/{id}/signals` signals. Errors are answered as
 * `{ error: { code, message } }`. Who may call is decided by the URL's own `AWS_IAM` or by what
 * stands before it.
 */
export function createHttpHandler(
  options: HttpHandlerOptions,
): (event: FunctionUrlEvent, context?: LambdaContext) => Promise<HttpReply> {
  checkOptions("createHttpHandler", options, OPTIONS);
  const { basePath = "", bodyBytesMax = 1024 * 1024 } = options;
  atLeast("bodyBytesMax", bodyBytesMax, 1);
  const getHost = hostFrom(options.host);
  return async (event, context) => {
    const call = context ? { remainingMs: () => context.getRemainingTimeInMillis() } : {};
    let host: ServerlessHost | undefined;
    try {
      const { answer, runId } = routeOf(event, basePath);
      host = await getHost();
      const body = (): Record<string, unknown> => bodyOf(event, bodyBytesMax);
      return await answer({ host, call, basePath, runId, body, headers: event.headers ?? {} });
    } catch (error) {
      const reply = errorReply(error);
      if (reply.statusCode >= 500 && !(error instanceof HttpError)) {
        // Without a host there is no logger yet, and Lambda keeps what is written here.
        if (!host) console.error(error);
        const facts = { path: event.rawPath, error };
        host?.logger.log("error", "a request could not be answered", facts);
      }
      return reply;
    }
  };
}

function routeOf(
  { rawPath, requestContext }: FunctionUrlEvent,
  basePath: string,
): Pick<Route, "answer"> & { readonly runId: string } {
  const { method } = requestContext.http;
  const path = rawPath.startsWith(basePath) ? rawPath.slice(basePath.length) : undefined;
  const here = ROUTES.flatMap((route) => {
    const found = path === undefined ? null : route.path.exec(path.replace(/(?<=.)\/$/, ""));
    return found ? [{ ...route, runId: decoded(found.groups?.runId ?? "") }] : [];
  });
  const route = here.find((one) => one.method === method);
  if (route) return route;
  const code = "E_COMMAND_UNKNOWN";
  if (here.length === 0) {
    throw new HttpError(404, { code, message: `There is nothing at ${shown(rawPath)}.` });
  }
  const allow = here.map((one) => one.method).join(", ");
  const message = `${shown(rawPath)} takes ${allow}, not ${shown(method)}.`;
  throw new HttpError(405, { code, message }, { allow });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function bodyOf(
  { body = "", isBase64Encoded = false }: FunctionUrlEvent,
  bytesMax: number,
): Record<string, unknown> {
  const encoding = isBase64Encoded ? "base64" : "utf8";
  if (Buffer.byteLength(body, encoding) > bytesMax) {
    const message = `The body has more than ${bytesMax} bytes.`;
    throw new HttpError(413, { code: "E_PAYLOAD_TOO_LARGE", message });
  }
  const parsed = parsedJson(Buffer.from(body, encoding).toString("utf8"));
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Record<string, unknown>;
  }
  const message = `The body is ${shown(parsed)}; send a JSON object.`;
  throw new HttpError(400, { code: "E_ARGUMENT_INVALID", message });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const message = `The body ${shown(text)} is no JSON.`;
    throw new HttpError(400, { code: "E_ARGUMENT_INVALID", message });
  }
}

type Start = Omit<RunCreate, "type" | "actor">;

const START: OptionKinds<Start> = {
  workflowId: "text",
  idempotencyKey: "text?",
  workflowVersion: "text?",
  input: "any?",
  config: "object?",
  labels: "object?",
  queue: "text?",
  priority: "number?",
  startAt: "number?",
};

async function start({ host, call, basePath, body, headers }: Request): Promise<HttpReply> {
  const asked = body();
  checkOptions("POST /runs", asked, START);
  const key = headers["idempotency-key"];
  const command: RunCreate = {
    type: "run.create",
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(asked as unknown as Start),
  };
  const run = await host.during(call, () => host.kernel.dispatch(command));
  const location = `${basePath}/runs/${encodeURIComponent(run.workflowRunId)}`;
  return jsonReply(run.replayed ? 200 : 201, run, { location });
}

async function status({ host, runId }: Request): Promise<HttpReply> {
  return jsonReply(200, await host.kernel.query.getRun(runId));
}

/** Refused by name as long as no run hears them: that is another thing than a wrong path. */
async function signal({ host, runId }: Request): Promise<HttpReply> {
  await host.kernel.query.getRun(runId);
  const message = "This version of Pawl has no signals yet.";
  throw new HttpError(501, { code: "E_UNSUPPORTED", message });
}
