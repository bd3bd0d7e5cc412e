import { EngineError, type ErrorKind } from "@pawl/kernel";

/** What a function URL answers. */
export interface HttpReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the caller of a route asked wrongly, with the status that says so. */
export class HttpError extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    statusCode: number,
    says: { readonly code: string; readonly message: string },
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(says.message);
    this.statusCode = statusCode;
    this.code = says.code;
    this.headers = headers;
  }
}

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  missing: 404,
  conflict: 409,
  invariant: 500,
  unavailable: 503,
};

/** Lambda cuts off what is longer. */
const REPLY_BYTES_MAX = 6 * 1024 * 1024 - 64 * 1024;

export function jsonReply(
  statusCode: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  const body = JSON.stringify(value, plain);
  if (Buffer.byteLength(body) > REPLY_BYTES_MAX) {
    throw new HttpError(500, {
      code: "E_PAYLOAD_TOO_LARGE",
      message: "What is stored is larger than this endpoint can answer. Read it another way.",
    });
  }
  const sent = { "content-type": "application/json", "cache-control": "no-store", ...headers };
  return { statusCode, headers: sent, body };
}

/** Of our own faults only that there was one: the log has the rest. */
export function errorReply(error: unknown): HttpReply {
  if (error instanceof HttpError) {
    const { statusCode, code, message, headers } = error;
    return jsonReply(statusCode, { error: { code, message } }, headers);
  }
  if (!EngineError.is(error) || error.kind === "invariant") {
    const message = "Something went wrong here; the log says what.";
    return jsonReply(500, { error: { code: "E_INVARIANT", message } });
  }
  const { code, kind } = error;
  if (kind === "unavailable") {
    const message = "The store can't be reached just now. Try again later.";
    return jsonReply(503, { error: { code, message } }, { "retry-after": "1" });
  }
  return jsonReply(STATUS[kind], { error: { code, message: error.message } });
}

/** What JSON has no form for: big integers as text, bytes as base64, maps and sets as lists. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Map || value instanceof Set) return [...value];
  return value;
}
