import { type ChildProcess, fork } from "node:child_process";

export interface CrewOptions<Asked, Played> {
  /** Script that plays what is sent to it; see `playForParent`. */
  readonly script: string;
  readonly members: number;
  /** What to play next; undefined when there is nothing left. */
  readonly next: () => Asked | undefined;
  readonly played: (played: Played) => void;
}

const MEMBER = "--member";

/** Whether this process was started to play what another asks for. */
export const isMember = (): boolean => process.argv[2] === MEMBER && process.send !== undefined;

/** Plays in processes of their own until nothing is left. */
export async function workTogether<Asked extends object, Played>(
  options: CrewOptions<Asked, Played>,
): Promise<void> {
  await Promise.all(Array.from({ length: options.members }, () => member(options)));
}

function member<Asked extends object, Played>({
  script,
  next,
  played,
}: CrewOptions<Asked, Played>): Promise<void> {
  const child = fork(script, [MEMBER], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return new Promise((resolve, reject) => {
    const ask = (): void => {
      const asked = next();
      if (asked) child.send(asked);
      else child.disconnect();
    };
    child.on("message", (answer) => {
      played(answer as Played);
      ask();
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`A process that simulates ended with code ${code}.`));
    });
    ask();
  });
}

/** Plays what the parent asks for, until it asks no more. */
export function playForParent<Asked, Played>(
  play: (asked: Asked) => Promise<Played>,
  parent: Pick<ChildProcess, "on" | "send"> = process as never,
): void {
  parent.on("disconnect", () => process.exit());
  parent.on("message", (asked: unknown) => {
    void play(asked as Asked).then((answer) => parent.send(answer as never));
  });
}
