import type { Commands, CommandType } from "./command.ts";
import type { Engine } from "./engine.ts";

/** How each command of these nouns is carried out. */
export type Handlers<Noun extends string> = {
  readonly [T in CommandType as T extends `${Noun}.${string}` ? T : never]: (
    engine: Engine,
    command: Commands[T][0],
  ) => Promise<Commands[T][1]>;
};
