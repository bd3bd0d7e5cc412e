import { fileURLToPath } from "node:url";
import { EngineError } from "@pawl/kernel";

/** Lower-case scheme of a URL; a letter before a colon is a drive. */
export const schemeOf = (url: string): string | undefined =>
  /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();

/**
 * Path of a `file:` URL, absolute or relative to the working directory, its query left out.
 *
 * @throws EngineError E_CONFIG_INVALID
 */
export function filePath(name: string, url: string): string | undefined {
  if (schemeOf(url) !== "file") return undefined;
  const [bare = ""] = url.split("?");
  if (!bare.startsWith("file://")) return bare.slice("file:".length) || noFile(name, url);
  try {
    return fileURLToPath(bare);
  } catch (cause) {
    return noFile(name, url, cause);
  }
}

function noFile(name: string, url: string, cause?: unknown): never {
  throw new EngineError(
    "E_CONFIG_INVALID",
    `${name} is ${JSON.stringify(url)}, which names no file: write file:./relative/path or ` +
      "file:///absolute/path.",
    { details: { name }, cause },
  );
}

/** A URL of a kind that is served, but wrong. `says` shows nothing of it that may be secret. */
export const misread = (name: string, says: string): EngineError =>
  new EngineError("E_CONFIG_INVALID", `${name} ${says}.`, { details: { name } });

function shownScheme(scheme: string | undefined): string {
  if (scheme === undefined) return "no URL";
  return `${/^[aeiou]/.test(scheme) ? "an" : "a"} ${scheme}: URL`;
}

/** Names only the scheme: the rest of a URL may hold a password. */
export function unsupported(name: string, url: string, says: string): EngineError {
  const scheme = schemeOf(url);
  return new EngineError("E_UNSUPPORTED", `${name} is ${shownScheme(scheme)}, but ${says}.`, {
    details: { name, scheme },
  });
}

/**
 * The query of a URL, each parameter at most once.
 *
 * @throws EngineError E_CONFIG_INVALID for one that is not known, by its name alone
 */
export function queryOf<K extends string>(
  name: string,
  url: URL,
  known: readonly K[],
): Readonly<Partial<Record<K, string>>> {
  const given: Partial<Record<K, string>> = {};
  for (const [key, value] of url.searchParams) {
    const parameter = known.find((other) => other === key);
    const says = `has the parameter ${JSON.stringify(key)}; it takes ${known.join(" and ")}`;
    if (parameter === undefined) throw misread(name, says);
    if (Object.hasOwn(given, parameter) || value === "")
      throw misread(name, `needs one value of its parameter ${parameter}, or none of it`);
    given[parameter] = value;
  }
  return given;
}

/** Keys of AWS do not travel in URLs. */
export function refuseUserOf(name: string, url: URL): void {
  if (url.username === "" && url.password === "") return;
  const says =
    "has a user or password in it; keys of AWS are read from AWS_ACCESS_KEY_ID and " +
    "AWS_SECRET_ACCESS_KEY, a profile, or the machine's role";
  throw misread(name, says);
}
