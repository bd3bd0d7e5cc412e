import { misread, queryOf, refuseUserOf, schemeOf, unsupported } from "./place-url.ts";

/** Where jobs travel: inside the database, or on a transport of its own. */
export type QueuePlace =
  | { readonly kind: "sql" }
  | { readonly kind: "redis"; readonly url: string }
  | { readonly kind: "sqs"; readonly queueUrl: string; readonly region?: string };

const NAME = "PAWL_QUEUE_URL";
const AWS_QUEUE = /^https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/;

/**
 * The transports that `PAWL_QUEUE_URL` names, with spaces between them: jobs are sent to the first
 * and taken from all. Unset, it is the database's own queue.
 *
 * @throws EngineError E_UNSUPPORTED, E_CONFIG_INVALID
 */
export function queuePlaces(said: string | undefined): readonly QueuePlace[] {
  const words = (said ?? "").split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [{ kind: "sql" }];
  return [...new Set(words)].map(placeOf);
}

function placeOf(word: string): QueuePlace {
  if (/,[a-z][a-z0-9+.-]*:/i.test(word))
    throw misread(NAME, "has a comma between two URLs; put a space there");
  switch (schemeOf(word)) {
    case "sql":
      if (word.toLowerCase() === "sql:") return { kind: "sql" };
      throw misread(NAME, "has something behind sql:, which stands alone for the database's queue");
    case "redis":
    case "rediss":
      return redisAt(word);
    case "http":
    case "https":
    case "sqs+https":
    case "sqs+http":
      return sqsAt(word);
    default:
      throw unsupported(
        NAME,
        word,
        "jobs travel by Redis (redis: or rediss:), by Amazon SQS (https://sqs.<region>." +
          "amazonaws.com/<account>/<name>, others as sqs+https: or sqs+http:) or in the database " +
          "(sql:, or leave it unset)",
      );
  }
}

function redisAt(word: string): QueuePlace {
  const url = URL.canParse(word) ? new URL(word) : undefined;
  if (url === undefined || url.hostname === "" || !isPlain(url))
    throw misread(
      NAME,
      "is a redis: URL that can't be read: write redis://user:password@host:6379/0, special " +
        "characters of user and password encoded (@ as %40, # as %23, % as %25)",
    );
  return { kind: "redis", url: word };
}

/** What its client would misunderstand, or fail at with the password in hand. */
function isPlain({ username, password, pathname, hash }: URL): boolean {
  try {
    decodeURIComponent(username + password);
  } catch {
    return false;
  }
  return hash === "" && /^(\/\d*)?$/.test(pathname);
}

/** Behind `sqs+` stands any URL, as of an emulator or of an endpoint in a private network. */
function sqsAt(word: string): QueuePlace {
  const bare = word.replace(/^sqs\+/i, "");
  const url = URL.canParse(bare) ? new URL(bare) : undefined;
  if (url === undefined || !/^(\/[^/]+){2,}$/.test(url.pathname) || url.hash !== "")
    throw misread(
      NAME,
      "is no URL of an SQS queue, such as https://sqs.<region>.amazonaws.com/<account>/<name>",
    );
  if (bare === word && !AWS_QUEUE.test(url.origin))
    throw misread(
      NAME,
      "names a host that is not known as Amazon SQS, which is at https://sqs.<region>." +
        "amazonaws.com/<account>/<name>: for an emulator, or an endpoint in your network, write " +
        "sqs+https://host/<account>/<name>?region=<region>, or sqs+http:",
    );
  refuseUserOf(NAME, url);
  const { region } = queryOf(NAME, url, ["region"]);
  return {
    kind: "sqs",
    queueUrl: `${url.origin}${url.pathname}`,
    ...(region === undefined ? {} : { region }),
  };
}
