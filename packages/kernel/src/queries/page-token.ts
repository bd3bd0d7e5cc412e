import { EngineError } from "../errors/engine-error.ts";
import { base64Decode, base64Encode } from "../state/base64.ts";
import { utf8Decode, utf8Encode } from "../state/utf8.ts";

/** Where a page of runs ended: creation and id of its last. */
export type PageEnd = readonly [createdAt: number, id: string];

/** Where a page ended, as opaque text. */
export const pageToken = (after: PageEnd): string =>
  base64Encode(utf8Encode(JSON.stringify(after)));

/**
 * @throws EngineError E_PAGE_TOKEN_INVALID
 */
export function readPageToken(token: string): PageEnd {
  try {
    const after: unknown = JSON.parse(utf8Decode(base64Decode(token) ?? new Uint8Array()));
    if (isPageEnd(after)) return after;
  } catch {
    // answered below, like any other text that is no token
  }
  throw new EngineError(
    "E_PAGE_TOKEN_INVALID",
    `${JSON.stringify(token)} is no page token. Pass the nextPage of the page before, unchanged.`,
  );
}

const isPageEnd = (after: unknown): after is PageEnd =>
  Array.isArray(after) &&
  after.length === 2 &&
  Number.isSafeInteger(after[0]) &&
  typeof after[1] === "string";
