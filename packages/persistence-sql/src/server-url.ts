import { EngineError } from "@pawl/kernel";

/** Completes what a message says of how an URL should look. */
const ENCODED =
  "with special characters of user and password encoded: @ as %40, # as %23, / as %2F, ? as %3F, " +
  "% as %25";

/**
 * A URL of a server, of which host and port may be missing. Nothing of it is shown when it can't
 * be one: what stands where may be a password.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function readServerUrl(text: string, example: string): URL {
  const url = parsed(text) ?? parsed(text.replace("@/", "@localhost/"));
  if (url && !isTorn(url) && isDecodable(url)) return url;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `the url can't be read: give one like ${example}, ${ENCODED}`,
    { details: { option: "url" } },
  );
}

const parsed = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

/** What was meant to stand before the host stands behind it. */
const isTorn = ({ hash, pathname, searchParams }: URL): boolean =>
  hash !== "" || [pathname, ...searchParams.keys()].some((part) => part.includes("@"));

/** A percent sign that begins no code stands for itself. */
function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    for (const part of [username, password, pathname]) {
      decodeURIComponent(part.replace(/%(?![0-9a-f]{2})/gi, "%25"));
    }
    return true;
  } catch {
    return false;
  }
}
