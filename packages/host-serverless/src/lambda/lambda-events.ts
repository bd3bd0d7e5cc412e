/** What Lambda says of the invocation, as far as it is used. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** A message of a batch, as far as it is used. */
export interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly eventSourceARN: string;
  readonly attributes?:
    | { readonly MessageGroupId?: string | undefined }
    | Readonly<Record<string, string | undefined>>;
}

export interface SqsEvent {
  readonly Records: readonly SqsRecord[];
}

/** Messages to be delivered again; needs `ReportBatchItemFailures` in the event source mapping. */
export interface SqsBatchResponse {
  readonly batchItemFailures: { itemIdentifier: string }[];
}

/** A request to a function URL, payload format 2.0, as far as it is used. */
export interface FunctionUrlEvent {
  readonly rawPath: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly http: { readonly method: string } };
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}
