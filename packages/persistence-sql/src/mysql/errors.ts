import { CorruptRowError, EngineError, PersistenceUnavailableError } from "@pawl/kernel";

/** The driver's own error, known by its shape, whichever copy of the driver threw it. */
export interface DriverError extends Error {
  readonly errno: number;
  readonly code?: string;
  readonly sqlState?: string;
  readonly sqlMessage?: string;
}

const isDriverError = (error: unknown): error is DriverError =>
  error instanceof Error && typeof (error as Partial<DriverError>).errno === "number";

const numberOf = (error: unknown): number => (isDriverError(error) ? error.errno : 0);

/** A deadlock, or a row that another transaction kept too long: the work may be done again. */
export const isContended = (error: unknown): boolean => [1205, 1213].includes(numberOf(error));

/** The server has undone the whole transaction. */
export const isDeadlock = (error: unknown): boolean => numberOf(error) === 1213;

/** A row was locked that the statement would not wait for. */
export const isNotWaiting = (error: unknown): boolean => [1205, 3572].includes(numberOf(error));

export const isDuplicate = (error: unknown): boolean => [1062, 1586].includes(numberOf(error));

/** A table, column or index that a migration makes is there, or one that it drops is not. */
export const isAlreadyDone = (error: unknown): boolean =>
  [1050, 1060, 1061, 1091].includes(numberOf(error));

const SHUTTING_DOWN = [1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 3169, 4031];
/** Of the driver: connections that ended, and commands that were thrown away with them. */
const CONNECTION_ENDED = [45004, 45009, 45013, 45026, 45037];

/** The connection is gone: what was sent last may or may not have been done. */
export const isDisconnected = (error: unknown): boolean =>
  isDriverError(error) &&
  (SHUTTING_DOWN.includes(error.errno) ||
    CONNECTION_ENDED.includes(error.errno) ||
    (error.sqlState?.startsWith("08") ?? false) ||
    /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(error.code ?? ""));

/** What the server or the driver said, without statement and parameters. */
const saying = (error: DriverError): string =>
  (error.sqlMessage ?? error.message).split("\n")[0]?.replace(/^\(conn:.*?\) /, "") ?? "";

/** Of the first connection: the url names what the server does not know. */
const NOT_AS_CONFIGURED = [1044, 1045, 1049, 1130, 1698, 1820, 1862, 3159, 45023];

/** As `translate`; what is refused before it ever worked is wrong, rather than out of reach. */
export function translateOpening(error: unknown, place: string): unknown {
  const translated = translate(error, place);
  if (!EngineError.is(translated) || !NOT_AS_CONFIGURED.includes(numberOf(error))) {
    return translated;
  }
  const { message, cause, details } = translated;
  return new EngineError("E_CONFIG_INVALID", message, { cause, details });
}

/**
 * The engine's error for whatever a driver threw; engine errors pass as they are. A user who is
 * shut out while the engine works is let in again some day: nothing of what it does is wrong.
 */
export function translate(error: unknown, place: string): unknown {
  if (EngineError.is(error)) return error;
  if (!isDriverError(error)) return unknownError(error, place);
  if (isDriverError(error.cause) && error.errno >= 45_000) return translate(error.cause, place);
  const { errno, code, sqlState } = error;
  const options = { cause: error, details: { place, driverCode: code ?? errno, sqlState } };
  const engine = BY_NUMBER.find(({ numbers }) => numbers.includes(errno));
  if (engine) return engine.make(place, saying(error), options);
  if (TLS_CODE.test(code ?? "")) {
    return outOfReach("can't be spoken to by TLS: give a pool whose ssl has its authority")(
      place,
      `${saying(error)}, ${code}`,
      options,
    );
  }
  if (isDisconnected(error)) {
    return new PersistenceUnavailableError(
      `${place} can't be reached: ${saying(error)} (${code ?? errno}): check that the server ` +
        "runs, its address, and the network between",
      options,
    );
  }
  return new PersistenceUnavailableError(
    `${place} can't be used: ${saying(error)} (${code ?? errno})`,
    options,
  );
}

/** What Node finds wrong with a certificate. */
const TLS_CODE = /^(ERR_(TLS|SSL)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

interface Options {
  readonly cause: unknown;
  readonly details: Readonly<Record<string, unknown>>;
}

interface Kind {
  readonly numbers: readonly number[];
  readonly make: (place: string, said: string, options: Options) => EngineError;
}

const unavailable =
  (code: "E_DATABASE_LOCKED" | "E_DATABASE_FULL" | "E_DATABASE_READ_ONLY", text: string) =>
  (place: string, said: string, options: Options): EngineError =>
    new PersistenceUnavailableError(`${place} ${text} (${said})`, { ...options, code });

const outOfReach =
  (text: string) =>
  (place: string, said: string, options: Options): EngineError =>
    new PersistenceUnavailableError(`${place} ${text} (${said})`, options);

const refused =
  (code: "E_SCHEMA_MISSING" | "E_SCHEMA_TAKEN" | "E_ARGUMENT_INVALID", text: string) =>
  (place: string, said: string, options: Options): EngineError =>
    new EngineError(code, `${place} ${text} (${said})`, options);

const BY_NUMBER: readonly Kind[] = [
  {
    numbers: [1205, 1213],
    make: unavailable(
      "E_DATABASE_LOCKED",
      "kept a row locked for too long: try again, and look for a transaction left open",
    ),
  },
  {
    numbers: [1021, 1030, 1041, 1114, 3675],
    make: unavailable(
      "E_DATABASE_FULL",
      "has no space left: nothing of this change was kept; free some and try again",
    ),
  },
  {
    numbers: [1792],
    make: unavailable(
      "E_DATABASE_READ_ONLY",
      "was given a transaction that is READ ONLY: begin one that may write",
    ),
  },
  {
    numbers: [1290, 1836, 3100],
    make: unavailable(
      "E_DATABASE_READ_ONLY",
      "takes no writes: connect to the primary, or make it writable",
    ),
  },
  {
    numbers: [1040, 1203, 1226],
    make: outOfReach("has too many connections: lower poolMax, or raise max_connections"),
  },
  {
    numbers: [1044, 1045, 1130, 1698, 1820, 1862, 4151],
    make: outOfReach("refuses this user: check user, password and grants"),
  },
  {
    numbers: [1142, 1143, 1227],
    make: outOfReach("grants this user too little: grant what the message names"),
  },
  {
    numbers: [1049],
    make: outOfReach("does not exist: create it, or check the name"),
  },
  {
    numbers: [45023],
    make: outOfReach("speaks no TLS: switch it on there, or take ssl=true out of the URL"),
  },
  {
    numbers: [3159],
    make: outOfReach("takes connections by TLS only: put ?ssl=true into the URL"),
  },
  {
    numbers: [1050],
    make: refused(
      "E_SCHEMA_TAKEN",
      "has a table of other use under a name that Pawl needs: use another database, or a " +
        "tablePrefix",
    ),
  },
  {
    numbers: [1146, 1054],
    make: refused(
      "E_SCHEMA_MISSING",
      "lacks a table or column: migrate it, or check database and tablePrefix",
    ),
  },
  {
    numbers: [1264, 1366, 1406],
    make: refused("E_ARGUMENT_INVALID", "can't store a value: shorten or change it"),
  },
  {
    numbers: [1969, 3024, 1317],
    make: outOfReach("interrupted a statement that took too long: raise statementTimeoutMs"),
  },
  {
    numbers: [1153, 45046],
    make: (place, said, options) =>
      new EngineError(
        "E_PAYLOAD_TOO_LARGE",
        `a value is too large for ${place}: raise max_allowed_packet (${said})`,
        options,
      ),
  },
  {
    numbers: [1048, 1062, 1364, 3819, 4025],
    make: (_, said, options) =>
      new EngineError("E_INVARIANT", `a write that no table allows: ${said}`, options),
  },
  {
    numbers: [126, 127, 1034, 1194, 1712, 45050],
    make: (place, said, options) =>
      new CorruptRowError(`${place} is damaged: ${said}; restore it from a backup`, options),
  },
];

/** Of a transaction of the caller's, which nobody but the caller can begin again. */
export const undone = (cause: unknown): EngineError =>
  new EngineError(
    "E_TRANSACTION_UNDONE",
    "the server rolled back your transaction, with all that you wrote in it, to end a deadlock: " +
      "begin it again",
    { cause },
  );

export const closedError = (place: string): PersistenceUnavailableError =>
  new PersistenceUnavailableError(`${place} was closed: open it again`, { details: { place } });

function unknownError(error: unknown, place: string): EngineError {
  const message = error instanceof Error ? error.message : String(error);
  return new PersistenceUnavailableError(`${place} can't be used: ${message.split("\n")[0]}`, {
    cause: error,
    details: { place },
  });
}
