import type { VirtualProcess } from "../process/virtual-process.ts";
import type { Complaint } from "./changes.ts";

/** A body of a step as it was entered. */
export interface BodyStart {
  readonly process: VirtualProcess;
  /** The step's idempotency key: the same at every execution. */
  readonly key: string;
  /** True instant. */
  readonly at: number;
  readonly attempt: number;
  /** Attempt of its stage. */
  readonly stageAttempt: number;
  readonly atMostOnce: boolean;
  /** True when a record of the step is stored. */
  readonly recorded: boolean;
  /** Fence under which it runs, as far as the process was told one. */
  readonly fence: number | undefined;
  /** True when the stage was taken from its owner under this fence. */
  readonly wasLost: (fence: number | undefined) => boolean;
  /**
   * True when this process was told, under this fence, that the stage is held. The answer to a
   * marker may say so too, and yet its body has to follow.
   */
  readonly toldHeld: boolean;
}

interface Life {
  readonly process: VirtualProcess;
  /** When it began. */
  readonly at: number;
  readonly attempt: number;
  readonly stageAttempt: number;
  readonly fence: number | undefined;
  failed: boolean;
}

/** What bodies did, outside the store: I18, I19, I33. */
export class Bodies {
  readonly #lives = new Map<string, Life[]>();
  /** Bodies entered. */
  entered = 0;

  start(body: BodyStart): readonly Complaint[] {
    this.entered += 1;
    const { process, key } = body;
    const lives = this.#lives.get(key) ?? [];
    const complaints = this.#judge(body, lives);
    const { attempt, stageAttempt, fence, at } = body;
    lives.push({ process, attempt, stageAttempt, fence, at, failed: false });
    this.#lives.set(key, lives);
    return complaints;
  }

  /** The attempt entered last of this step by this process ended with an error. */
  failed(key: string, process: VirtualProcess): void {
    const life = this.#lives.get(key)?.findLast((one) => one.process === process);
    if (life) life.failed = true;
  }

  #judge(body: BodyStart, lives: readonly Life[]): readonly Complaint[] {
    const { key, process, attempt } = body;
    const what = `body of ${key} (attempt ${attempt}) in ${process.name}`;
    const last = lives.at(-1);
    const complaints: Complaint[] = [];
    if (body.toldHeld && !body.atMostOnce)
      complaints.push(["I33", `${what} began although the stage is held`]);
    if (body.atMostOnce && last) complaints.push(["I19", `${what} is number ${lives.length + 1}`]);
    if (body.recorded && !process.isExcused(body.at) && !isLate(body)) {
      complaints.push(["I18", `${what} began although its record is stored`]);
    }
    if (last && !last.failed && isSameTry(last, body) && !isExcused(last, body) && !isLate(body)) {
      complaints.push(["I18", `${what} follows one that nothing befell, in ${last.process.name}`]);
    }
    return complaints;
  }
}

/** A higher number is a retry. */
const isSameTry = (last: Life, { attempt, stageAttempt }: BodyStart): boolean =>
  last.stageAttempt === stageAttempt && last.attempt >= attempt;

/** Since it began, the process died, stood still, lost its lease or an answer. */
const isExcused = ({ process, at, fence }: Life, { wasLost }: BodyStart): boolean =>
  process.isExcused(at) || wasLost(fence);

/** A zombie that has not heard of its loss yet. */
const isLate = ({ fence, wasLost }: BodyStart): boolean => wasLost(fence);
