import { EngineError } from "../errors/engine-error.ts";
import { base64Decode, base64Encode } from "../state/base64.ts";
import { utf8Decode, utf8Encode } from "../state/utf8.ts";

/** Where a list ended: the values that order it, of its last row. */
export type PageEnd = readonly (string | number)[];

/** Ends of lists by name, as opaque text. */
export const pageToken = (ends: Readonly<Record<string, PageEnd>>): string =>
  base64Encode(utf8Encode(JSON.stringify(ends)));

/**
 * Ends of the lists named in `lengths`, which tells how many values each has.
 *
 * @throws EngineError E_PAGE_TOKEN_INVALID
 */
export function readPageToken<N extends string>(
  token: string,
  lengths: Readonly<Record<N, number>>,
): Partial<Record<N, PageEnd>> {
  try {
    const ends: unknown = JSON.parse(utf8Decode(base64Decode(token) ?? new Uint8Array()));
    if (areEnds(ends, lengths)) return ends;
  } catch {
    // answered below, like any other text that is no token
  }
  throw new EngineError(
    "E_PAGE_TOKEN_INVALID",
    `${JSON.stringify(token)} is no page token of this list. Pass the nextPage of the page ` +
      "before, unchanged.",
  );
}

function areEnds<N extends string>(
  ends: unknown,
  lengths: Readonly<Record<N, number>>,
): ends is Partial<Record<N, PageEnd>> {
  if (typeof ends !== "object" || ends === null || Array.isArray(ends)) return false;
  const lists = Object.entries(ends);
  return lists.length > 0 && lists.every(([name, end]) => isEnd(end, lengths[name as N]));
}

const isEnd = (end: unknown, length: number | undefined): boolean =>
  Array.isArray(end) &&
  end.length === length &&
  end.every((value) => typeof value === "string" || Number.isSafeInteger(value));
