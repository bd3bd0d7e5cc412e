import { type ChildProcess, fork } from "node:child_process";
import type { Adapter } from "../seed/scenario.ts";
import type { RangePlayed, SeedRange } from "./range.ts";

/** What a child is asked to play, and what it answers. */
export interface RangeAsked extends SeedRange {
  readonly adapter: Adapter;
}

export interface CrewOptions {
  /** Script that plays ranges sent to it; see `playForParent`. */
  readonly script: string;
  readonly members: number;
  readonly adapter: Adapter;
  /** The next range; undefined when there is none left. */
  readonly next: () => SeedRange | undefined;
  readonly played: (range: RangePlayed) => void;
}

/** Plays ranges in processes of their own until none is left. */
export async function workTogether(options: CrewOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.members }, () => member(options)));
}

function member({ script, adapter, next, played }: CrewOptions): Promise<void> {
  const child = fork(script, ["--member"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return new Promise((resolve, reject) => {
    const ask = (): void => {
      const range = next();
      if (range) child.send({ ...range, adapter } satisfies RangeAsked);
      else child.disconnect();
    };
    child.on("message", (range) => {
      played(range as RangePlayed);
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
export function playForParent(
  play: (asked: RangeAsked) => Promise<RangePlayed>,
  parent: Pick<ChildProcess, "on" | "send"> = process as never,
): void {
  parent.on("message", (asked: unknown) => {
    void play(asked as RangeAsked).then((range) => parent.send(range as never));
  });
}
