import type { Job } from "@pawl/kernel/ports";

const BEYOND_ASCII = /[\u007f-\uffff]/g;

/** SQS refuses some characters: all beyond ASCII are written as numbers, one byte a character. */
export const textOfJob = (job: Job): string =>
  JSON.stringify(job).replace(
    BEYOND_ASCII,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/**
 * What the body of an SQS message says, untrusted: its JSON value, the text itself where that is
 * not JSON, and undefined where there is none.
 */
export function bodyOfMessage(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
