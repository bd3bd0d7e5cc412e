import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type DeleteMessageBatchRequestEntry,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Entry } from "./entry.ts";
import type { SqsSettings } from "./sqs-options.ts";

export interface ReceiveRequest {
  readonly place: number;
  readonly limit: number;
  readonly waitSeconds: number;
}

type Refused = readonly BatchResultErrorEntry[] | undefined;

/** Requests to SQS, each bounded in time. They reject with what the SDK throws. */
export class SqsCalls {
  readonly #settings: SqsSettings;
  readonly #client: SQSClient;
  readonly #closing = new AbortController();
  readonly #pending = new Set<Promise<unknown>>();

  constructor(settings: SqsSettings) {
    this.#settings = settings;
    this.#client = settings.client ?? ownClient(settings);
  }

  /** Aborts once the transport closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Messages of one queue, ten at most; none when the transport closes meanwhile. */
  async receive({ place, limit, waitSeconds }: ReceiveRequest): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#urlOf(place),
      MaxNumberOfMessages: limit,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: this.#settings.visibilitySeconds,
    });
    const late = this.#late(waitSeconds * 1_000);
    const abortSignal = AbortSignal.any([late, this.closing]);
    try {
      return (await this.#pended(this.#client.send(command, { abortSignal }))).Messages ?? [];
    } catch (error) {
      if (this.closing.aborted) return [];
      throw late.aborted ? late.reason : error;
    }
  }

  /** Answers the entries that SQS refused. */
  async send(place: number, Entries: Entry[]): Promise<Refused> {
    const command = new SendMessageBatchCommand({ QueueUrl: this.#urlOf(place), Entries });
    return (await this.#bounded((signal) => this.#client.send(command, signal))).Failed;
  }

  /** Likewise. */
  async delete(place: number, Entries: DeleteMessageBatchRequestEntry[]): Promise<Refused> {
    const command = new DeleteMessageBatchCommand({ QueueUrl: this.#urlOf(place), Entries });
    return (await this.#bounded((signal) => this.#client.send(command, signal))).Failed;
  }

  async hide(place: number, ReceiptHandle: string, VisibilityTimeout: number): Promise<void> {
    const QueueUrl = this.#urlOf(place);
    const input = { QueueUrl, ReceiptHandle, VisibilityTimeout };
    const command = new ChangeMessageVisibilityCommand(input);
    await this.#bounded((signal) => this.#client.send(command, signal));
  }

  /** Ends long polls at once, and lets the other requests come to their end. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#pending);
    if (!this.#settings.client) this.#client.destroy();
  }

  async #bounded<T>(request: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    const late = this.#late();
    try {
      return await this.#pended(request({ abortSignal: late }));
    } catch (error) {
      throw late.aborted ? late.reason : error;
    }
  }

  #late(beyondMs = 0): AbortSignal {
    return AbortSignal.timeout(beyondMs + this.#settings.requestTimeoutMs);
  }

  async #pended<T>(request: Promise<T>): Promise<T> {
    this.#pending.add(request);
    try {
      return await request;
    } finally {
      this.#pending.delete(request);
    }
  }

  #urlOf(place: number): string | undefined {
    return this.#settings.urls[place];
  }
}

const ownClient = ({ region, endpoint }: SqsSettings): SQSClient =>
  new SQSClient({
    endpoint,
    retryMode: "standard",
    maxAttempts: 3,
    ...(region === undefined ? {} : { region }),
  });
