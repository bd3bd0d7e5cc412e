/** Where a delivery came from, and what SQS calls it. */
export interface Receipt {
  /** Place of its queue among those of the transport. */
  readonly queue: number;
  readonly handle: string;
}

const RECEIPT = /^(\d{1,6})\.(.+)$/s;

export const receiptText = ({ queue, handle }: Receipt): string => `${queue}.${handle}`;

/** Undefined for what no transport on SQS wrote. */
export function receiptOf(text: string): Receipt | undefined {
  const [, queue, handle] = RECEIPT.exec(text) ?? [];
  return queue === undefined || handle === undefined ? undefined : { queue: Number(queue), handle };
}
