/** Which delivery is meant: of which queue, and under which lock. */
export interface Receipt {
  readonly queue: string;
  readonly id: string;
  readonly token: string;
}

export const writeReceipt = ({ queue, id, token }: Receipt): string =>
  JSON.stringify([queue, id, token]);

/** Undefined for a text that is none of ours. */
export function readReceipt(text: string): Receipt | undefined {
  const parts = parsed(text);
  if (!Array.isArray(parts) || parts.length !== 3) return undefined;
  if (!parts.every((part) => typeof part === "string")) return undefined;
  const [queue, id, token] = parts as [string, string, string];
  return { queue, id, token };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
