import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Job, OutgoingJob } from "@pawl/kernel/ports";

export interface SentEntry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly ReceiptHandle?: string;
}

/** What the transport asked of SQS. */
export interface Request {
  readonly name: string;
  readonly input: {
    readonly QueueUrl: string;
    readonly Entries: readonly SentEntry[];
    readonly WaitTimeSeconds: number;
    readonly VisibilityTimeout: number;
    readonly MaxNumberOfMessages: number;
  };
  readonly signal: AbortSignal;
}

/** A client without a network: `answer` says what SQS would. */
export function fakeClient(answer: (request: Request) => unknown): {
  readonly client: SQSClient;
  readonly requests: readonly Request[];
} {
  const requests: Request[] = [];
  const send = async (
    command: { readonly constructor: { readonly name: string }; readonly input: Request["input"] },
    { abortSignal }: { readonly abortSignal: AbortSignal },
  ): Promise<unknown> => {
    const name = command.constructor.name.replace("Command", "");
    const request = { name, input: command.input, signal: abortSignal };
    requests.push(request);
    return (await answer(request)) ?? {};
  };
  return { client: { send, destroy: () => {} } as unknown as SQSClient, requests };
}

/** An error as the SDK throws it. */
export const awsError = (name: string): Error => Object.assign(new Error(name), { name });

/** Never answers; rejects as the SDK does when it is told to stop. */
export const silence = ({ signal }: Request): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(awsError("AbortError")));
  });

export const outgoing = (n: number, change: Partial<Job> = {}, notBefore = 0): OutgoingJob => ({
  job: {
    v: 1,
    jobId: `stage-${n}-1-1`,
    workflowRunId: `run-${n}`,
    workflowId: "fake",
    stageId: `stage-${n}`,
    mapIndex: 0,
    generation: 0,
    attempt: 1,
    queue: "default",
    ...change,
  },
  notBefore,
  priority: 0,
});

export const several = (count: number): readonly OutgoingJob[] =>
  Array.from({ length: count }, (_, n) => outgoing(n));
