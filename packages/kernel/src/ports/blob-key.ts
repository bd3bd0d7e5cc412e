import { EngineError } from "../errors/engine-error.ts";

const KEY = /^[a-z0-9-]{1,200}$/;
const SHOWN_MAX = 40;

/**
 * Refuses what is not a plain hash, before it can become a path or a name of anything.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function assertBlobKey(key: string): void {
  if (KEY.test(key)) return;
  const shown = JSON.stringify(key.slice(0, SHOWN_MAX));
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `Blob key ${shown} (${key.length} characters) is not a plain hash. ` +
      "Use 1 to 200 of a-z, 0-9 and -, such as the SHA-256 of the bytes in lower-case hex.",
    { details: { key: key.slice(0, SHOWN_MAX), length: key.length } },
  );
}
