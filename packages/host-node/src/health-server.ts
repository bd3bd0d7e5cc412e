import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { EngineError } from "@pawl/kernel";
import { type Runtime, within } from "@pawl/kernel/ports";
import type { HealthOptions } from "./host-options.ts";

export interface HealthParts {
  readonly options: HealthOptions;
  readonly runtime: Pick<Runtime, "after">;
  /** Resolves when the database has answered. */
  probe(): Promise<unknown>;
  /** Takes work. */
  isReady(): boolean;
}

const PROBE_MS = 2_000;

/** `GET /health`: the database answers. `GET /ready`: and this worker takes work. Else 503. */
export class HealthServer {
  readonly #parts: HealthParts;
  #server: Server | undefined;
  #probing: Promise<boolean> | undefined;

  constructor(parts: HealthParts) {
    this.#parts = parts;
  }

  get port(): number | undefined {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port;
  }

  async listen(): Promise<void> {
    const { port, host } = this.#parts.options;
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => {
        const where = host === undefined ? `port ${port}` : `${host}:${port}`;
        const says = `The health endpoint can't listen on ${where}: ${cause.message}.`;
        reject(new EngineError("E_ARGUMENT_INVALID", says, { cause, details: { port, host } }));
      });
      server.listen({ port, host }, resolve);
    });
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #answer({ method, url = "/" }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = url.split("?");
    if (path !== "/health" && path !== "/ready") return send(response, 404, { error: "not found" });
    if (method !== "GET" && method !== "HEAD") {
      return send(response, 405, { error: "only GET" });
    }
    const database = await this.#databaseAnswers();
    const ready = this.#parts.isReady();
    const ok = database && (path === "/health" || ready);
    send(response, ok ? 200 : 503, { status: ok ? "ok" : "unavailable", database, ready });
  }

  /** Requests that come together ask the database once. */
  #databaseAnswers(): Promise<boolean> {
    this.#probing ??= this.#askDatabase().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #askDatabase(): Promise<boolean> {
    let answered = false;
    const probe = this.#parts.probe().then(
      () => {
        answered = true;
      },
      () => {},
    );
    await within(this.#parts.runtime, probe, PROBE_MS);
    return answered;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
