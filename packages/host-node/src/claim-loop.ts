import type { JobExecuted, StartSlot } from "@pawl/kernel";
import { DueTimes } from "./due-times.ts";
import type { Executions } from "./executions.ts";
import type { HostSettings } from "./host-options.ts";
import type { LoopTurn } from "./supervised-loop.ts";
import { SuspectTurn } from "./suspect-turn.ts";
import type { WorkerSession } from "./worker-session.ts";

export interface WorkParts {
  readonly settings: HostSettings;
  readonly session: WorkerSession;
  readonly executions: Executions;
}

const IDLE_FACTOR = 5;
const GROWTH = 1.5;
/** Of the looks that find nothing while nothing runs, every so many asks for a suspect too. */
const ALONE_EVERY = 3;
/** Looks that others cause keep this distance from each other. */
const RUNG_GAP_MS = 20;
/** Who looked in vain when told lets others go first the next time, by at most so much. */
const RUNG_SPREAD_MS = 10;

/** Looks for work in the store: when told, when a slot frees under load, and every now and then. */
export class ClaimLoop {
  readonly #parts: WorkParts;
  readonly #due = new DueTimes();
  readonly #suspects: SuspectTurn;
  #delayMs: number;
  #wanted = true;
  #leftBehind = false;
  #idleLooks = 0;
  /** When to look because another process said so, or when it was done last. */
  #rungAt = Number.NEGATIVE_INFINITY;
  #isRung = false;
  #wasInVain = false;

  constructor(parts: WorkParts) {
    this.#parts = parts;
    this.#delayMs = parts.settings.jobPollIntervalMs;
    this.#suspects = new SuspectTurn(parts.executions, parts.settings.clock);
  }

  /** Something may be claimed, at `at` or now. */
  ready(at?: number): void {
    if (at === undefined) this.#wanted = true;
    else this.#due.add(at);
  }

  /** Another process says that a stage of this queue may be claimed, or of any. */
  rung(queue?: string): void {
    const { clock, queues, random } = this.#parts.settings;
    if (this.#isRung || (queue !== undefined && queues?.includes(queue) === false)) return;
    const spreadMs = this.#wasInVain ? RUNG_SPREAD_MS * random() : 0;
    this.#isRung = true;
    this.#rungAt = Math.max(clock.monotonic() + spreadMs, this.#rungAt + RUNG_GAP_MS);
  }

  /** A slot is free: worth a look only if the last one may have left something behind. */
  freed(): void {
    if (this.#leftBehind) this.#wanted = true;
  }

  /** Room for a run that starts in this process, unless something may wait for room already. */
  startSlot(queue: string): StartSlot | undefined {
    const { settings, session: worker, executions } = this.#parts;
    const { kernel, clock, queues, jobPollIntervalMs } = settings;
    const session = worker.ref;
    if (!session || queues?.includes(queue) === false) return undefined;
    if (this.#wanted || this.#leftBehind || this.#due.isDue(clock.now())) return undefined;
    const slot = executions.keep();
    if (!slot) return undefined;
    return {
      session,
      giveBack: slot.giveBack,
      use: (claimed) => {
        // A session that was closed meanwhile has given the stage to others.
        if (worker.ref !== session) return slot.giveBack();
        this.#delayMs = jobPollIntervalMs;
        slot.use(() => kernel.dispatch({ type: "job.execute", session, claimed }));
      },
    };
  }

  /** Suspects have waited long for a worker that runs nothing: make room for them. */
  suspectsWait(): void {
    this.#suspects.begin();
    this.#leftBehind = true;
    this.#wanted = true;
  }

  async round(turn: LoopTurn): Promise<void> {
    const { session, executions } = this.#parts;
    const why = await this.#untilWanted(turn);
    const told = why === "told";
    if (turn.stopping) return;
    if (!session.ref) return turn.wait(this.#delayMs);
    if (executions.free <= 0 && !this.#suspects.isOn) {
      this.#leftBehind = true;
      this.#isRung = false;
      return turn.wait(this.#delayMs);
    }
    if (told) await this.#parts.settings.runtime.turn();
    const found = await this.look({ suspects: told });
    const { jobPollIntervalMs } = this.#parts.settings;
    if (why === "rung") this.#wasInVain = found === 0;
    if (told || found > 0) this.#delayMs = jobPollIntervalMs;
    else if (why === "time")
      this.#delayMs = Math.min(this.#delayMs * GROWTH, jobPollIntervalMs * IDLE_FACTOR);
  }

  /**
   * Claims once, up to the free slots, and starts what it got. Answers how many. A look that
   * finds nothing while nothing runs asks for a suspect, always or every now and then.
   */
  async look({ suspects = false }: { readonly suspects?: boolean } = {}): Promise<number> {
    const { settings, executions } = this.#parts;
    this.#wanted = false;
    this.#isRung = false;
    try {
      const suspect = await this.takeSuspect();
      if (suspect > 0) return suspect;
      const wasIdle = executions.running === 0;
      const slots = Math.min(executions.free, settings.maxClaimsPerTick);
      const found = await executions.fill(slots, (limit) => this.#claim({ limit }));
      this.#leftBehind = found === slots;
      if (this.#leftBehind && executions.free > 0) this.#wanted = true;
      if (found > 0 || !wasIdle) return found;
      if (!suspects && this.#idleLooks++ % ALONE_EVERY !== 0) return 0;
      const alone = await executions.fillAlone((limit) => this.#claim({ limit, alone: true }));
      if (alone > 0) this.#lookForMoreSuspects();
      return alone;
    } catch (error) {
      this.#wanted = true;
      throw error;
    }
  }

  /**
   * In the turn of suspects, when nothing runs: claims one and begins to execute it. The turn goes
   * on for the next one, and ends when there is none.
   */
  async takeSuspect(): Promise<number> {
    const { executions } = this.#parts;
    if (!this.#suspects.isOn || executions.running > 0) return 0;
    const taken = await executions.fillAlone((limit) => this.#claim({ limit, alone: true }));
    if (taken === 0) this.#suspects.end();
    return taken;
  }

  /** One suspect seldom comes alone: when it has ended the next is asked for at once. */
  #lookForMoreSuspects(): void {
    this.#idleLooks = 0;
    this.#leftBehind = true;
  }

  /** Waits until it is told to look, here or by another process, or the time for it has come. */
  async #untilWanted(turn: LoopTurn): Promise<"told" | "rung" | "time"> {
    const { clock, random } = this.#parts.settings;
    const until = clock.monotonic() + this.#delayMs * (0.9 + 0.2 * random());
    while (!turn.stopping) {
      if (this.#due.take(clock.now())) this.#wanted = true;
      if (this.#wanted) return "told";
      const rungMs = this.#isRung ? this.#rungAt - clock.monotonic() : Number.POSITIVE_INFINITY;
      if (rungMs <= 0) return "rung";
      const pollMs = until - clock.monotonic();
      if (pollMs <= 0) return "time";
      const dueMs = (this.#due.next ?? Number.POSITIVE_INFINITY) - clock.now();
      await turn.wait(Math.min(pollMs, dueMs, rungMs));
    }
    return "time";
  }

  async #claim(want: {
    readonly limit: number;
    readonly alone?: boolean;
  }): Promise<readonly Promise<JobExecuted>[]> {
    const { settings, session: worker } = this.#parts;
    const { kernel, queues } = settings;
    const session = worker.ref;
    if (!session) return [];
    const claimed = await kernel.dispatch({
      type: "job.claim",
      session,
      ...want,
      ...(queues ? { queues } : {}),
    });
    return claimed.map((stage) =>
      kernel.dispatch({ type: "job.execute", session, claimed: stage }),
    );
  }
}
