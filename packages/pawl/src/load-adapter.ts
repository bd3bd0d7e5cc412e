import { EngineError } from "@pawl/kernel";

export interface AdapterSource<M> {
  /** Package to install. */
  readonly name: string;
  /** Variable that asked for it. */
  readonly variable: string;
  load(): Promise<M>;
}

/**
 * Loads a package that only those install who need it.
 *
 * @throws EngineError E_DRIVER_MISSING when it is not installed
 */
export async function loadAdapter<M>({ name, variable, load }: AdapterSource<M>): Promise<M> {
  try {
    return await load();
  } catch (cause) {
    throw new EngineError(
      "E_DRIVER_MISSING",
      `${variable} needs the package ${name}, which can't be loaded: install it beside pawl ` +
        `(npm install ${name})`,
      { cause, details: { package: name, name: variable } },
    );
  }
}
