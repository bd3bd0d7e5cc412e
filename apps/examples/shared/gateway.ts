export interface Charge {
  readonly cents: number;
  readonly attempt: number;
  /** The same at every try: a real gateway charges once for it. */
  readonly idempotencyKey: string;
}

/** Stands for a payment service, which is out of reach at the first try of each charge. */
export async function charge({ cents, attempt, idempotencyKey }: Charge) {
  if (attempt === 1) throw new Error(`the gateway did not answer for ${idempotencyKey}`);
  return { receipt: `paid ${(cents / 100).toFixed(2)}`, attempt };
}
