import { EngineError } from "../errors/engine-error.ts";
import { base64Decode, base64Encode } from "../state/base64.ts";
import { utf8Decode, utf8Encode } from "../state/utf8.ts";

/** Where a page ended, as opaque text. */
export const pageToken = (after: readonly (string | number)[]): string =>
  base64Encode(utf8Encode(JSON.stringify(after)));

/**
 * @throws EngineError E_PAGE_TOKEN_INVALID
 */
export function readPageToken(token: string): readonly (string | number)[] {
  try {
    const after: unknown = JSON.parse(utf8Decode(base64Decode(token) ?? new Uint8Array()));
    const valid = Array.isArray(after) && after.length > 0 && after.every(isKeyPart);
    if (valid) return after;
  } catch {
    // answered below, like any other text that is no token
  }
  throw new EngineError(
    "E_PAGE_TOKEN_INVALID",
    `${JSON.stringify(token)} is no page token. Pass the nextPage of the page before, unchanged.`,
  );
}

const isKeyPart = (part: unknown): part is string | number =>
  typeof part === "string" || typeof part === "number";
