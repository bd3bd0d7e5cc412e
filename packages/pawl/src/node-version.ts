import { EngineError } from "@pawl/kernel";

const MAJOR_MIN = 22;
const MINOR_MIN = 12;

/**
 * Before the database's driver is loaded, which would crash an older one.
 *
 * @throws EngineError E_RUNTIME_TOO_OLD
 */
export function assertNodeVersion(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > MAJOR_MIN || (major === MAJOR_MIN && minor >= MINOR_MIN)) return;
  throw new EngineError(
    "E_RUNTIME_TOO_OLD",
    `This is Node ${version}; Pawl needs Node ${MAJOR_MIN}.${MINOR_MIN} or newer.`,
    { details: { version } },
  );
}
