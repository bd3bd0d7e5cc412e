import { createHash } from "node:crypto";
import type { WorkPlace } from "@pawl/kernel/ports";

/** What a notification says: who sent it, and where there is work, or the token of a test. */
export type RingText =
  | { readonly from: string; readonly place?: WorkPlace }
  | { readonly from: string; readonly token: string };

/** PostgreSQL takes less than 8,000 bytes. */
const BYTES_MAX = 7_000;

/** The tables of one prefix in one schema have a channel of their own. */
export const channelOf = (schema: string, prefix: string): string =>
  `pawl_${createHash("sha256").update(`${schema}.${prefix}`).digest("hex").slice(0, 24)}`;

/** Text that any encoding of a database holds; names too long for it are left out. */
export function ringText(from: string, { namespace, queue }: WorkPlace): string {
  const whole = ascii(queue === undefined ? [from, namespace] : [from, namespace, queue]);
  if (whole.length <= BYTES_MAX) return whole;
  const less = ascii([from, namespace]);
  return less.length <= BYTES_MAX ? less : ascii([from]);
}

export const tokenText = (from: string, token: string): string => ascii({ from, token });

/** Undefined for what nobody of ours has sent. */
export function readRing(text: string): RingText | undefined {
  const said = parsed(text);
  if (Array.isArray(said)) {
    const [from, namespace, queue] = said as readonly (string | undefined)[];
    if (from === undefined || !said.every((part) => typeof part === "string")) return undefined;
    if (namespace === undefined) return { from };
    return { from, place: queue === undefined ? { namespace } : { namespace, queue } };
  }
  const { from, token } = (said ?? {}) as { from?: unknown; token?: unknown };
  return typeof from === "string" && typeof token === "string" ? { from, token } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
