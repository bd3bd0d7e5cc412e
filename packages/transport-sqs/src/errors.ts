import { EngineError } from "@pawl/kernel";

export type SqsVerb = "enqueue" | "dequeue" | "ack" | "nack" | "extend";

/** The transport was closed: the process is going down, or closed it too early. */
export class TransportClosedError extends EngineError {
  constructor(verb: SqsVerb) {
    super(
      "E_TRANSPORT_UNAVAILABLE",
      `The SQS transport is closed and can't ${verb}. Stop hosts before closing it.`,
      { details: { verb } },
    );
  }
}

/** It is about these jobs alone: who sends many tries the others again without them. */
export const noQueueFor = (queue: string): EngineError =>
  new EngineError(
    "E_CONFIG_INVALID",
    `No queue of SQS takes jobs of the queue ${JSON.stringify(queue)}: name it in "queues", or ` +
      'give a "queueUrl" for all others.',
    { details: { queue } },
  );

export interface SqsFailure {
  readonly verb: SqsVerb;
  /** What SQS or the network called it, each once. */
  readonly codes: readonly string[];
  /** How many jobs or receipts it befell, of how many; absent where a whole request failed. */
  readonly failed?: number;
  readonly of?: number;
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/QueueDoesNotExist|NonExistentQueue/, "Make the queue, or correct its URL and region."],
  [/AccessDenied|UnrecognizedClient|InvalidClientTokenId|Signature|KmsAccess/, "Look at the role."],
  [/Region is missing/, "Name it in the queue's URL or the client, or set AWS_REGION."],
  [/CredentialsProvider/, "Give this process credentials of AWS."],
  [/Throttl|OverLimit/, "SQS asks for less: it is tried again later."],
];
const OTHERWISE = "SQS or the way to it fails: it is tried again later.";

/**
 * SQS could not be reached or refused, after retries. What the count leaves out went well, and the
 * rest may be repeated. `details`: `verb`, `codes`, and `failed` with `of` where entries failed.
 */
export class SqsTransportError extends EngineError {
  constructor({ verb, codes, failed, of }: SqsFailure) {
    const counted = of === undefined ? "" : ` of ${failed} out of ${of}`;
    const named = codes.join(", ");
    const remedy = REMEDIES.find(([pattern]) => pattern.test(named))?.[1] ?? OTHERWISE;
    super("E_TRANSPORT_UNAVAILABLE", `SQS ${verb}${counted} failed: ${named}. ${remedy}`, {
      details: { verb, codes, ...(of === undefined ? {} : { failed, of }) },
    });
  }
}

const UNNAMED = "UnknownError";

/** What SQS, the SDK or the network calls an error. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return UNNAMED;
  if ("code" in error && typeof error.code === "string") return error.code;
  return (error.name === "Error" ? error.message : error.name) || UNNAMED;
}

const STALE = /(^|\.)(MessageNotInflight|ReceiptHandleIsInvalid|InvalidParameterValue)/;

/** A receipt that has ended. The only other parameters are ours, and within their bounds. */
export const isStaleReceipt = (code: string): boolean => STALE.test(code);
