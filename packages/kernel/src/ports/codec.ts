/** Bytes of a payload after a custom codec, for example an encryption. */
export interface CodedBytes {
  readonly bytes: Uint8Array;
  readonly keyId?: string;
}

/** Where a payload stands: an encryption binds its bytes to it. */
export interface PayloadPlace {
  readonly namespace: string;
  readonly runId: string;
  readonly field: string;
}

/** Wraps the bytes of every payload on their way to storage and back. */
export interface PayloadCodec {
  /** Stored beside the bytes, so that a reader knows which codec made them. */
  readonly id: string;
  encode(bytes: Uint8Array, place: PayloadPlace): Promise<CodedBytes>;
  decode(coded: CodedBytes, place: PayloadPlace): Promise<Uint8Array>;
}
