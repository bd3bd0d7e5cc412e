/** The two operations that every engine offers. */
export interface Steps {
  step<T>(name: string, body: () => Promise<T>): Promise<T>;
  sleep(name: string, milliseconds: number): Promise<void>;
}

export interface WorkInput {
  readonly steps: number;
  /** How long each body takes. Default: it ends at once. */
  readonly stepMs?: number;
  /** A durable sleep after the steps. Default: none. */
  readonly sleepMs?: number;
  /** Tells runs apart in what a witness is told. */
  readonly run?: number;
}

/** Is told what happens to a run in this process. */
export interface Witness {
  /** A body begins. */
  entered?(step: number, run?: number): void;
  /** Everything but the sleep is behind the run; told again when it is replayed. */
  stepped?(): void;
  /** The run is past its sleep. */
  awake?(): void;
}

export type WorkName = "sequence" | "fanOut";

export type Work = (steps: Steps, input: WorkInput, witness: Witness) => Promise<number>;

/** What is run, the same for every engine. */
export const WORK: { readonly [name in WorkName]: Work } = {
  /** One step after the other. */
  async sequence(steps, input, witness) {
    for (let i = 0; i < input.steps; i += 1) {
      await steps.step(`step ${i}`, () => body(i, input, witness));
    }
    witness.stepped?.();
    if (input.sleepMs) await steps.sleep("nap", input.sleepMs);
    witness.awake?.();
    return input.steps;
  },
  /** All steps at once. */
  async fanOut(steps, input, witness) {
    const started = Array.from({ length: input.steps }, (_, i) =>
      steps.step(`step ${i}`, () => body(i, input, witness)),
    );
    return (await Promise.all(started)).length;
  },
};

async function body(i: number, input: WorkInput, witness: Witness): Promise<object> {
  witness.entered?.(i, input.run);
  if (input.stepMs) await new Promise((resolve) => setTimeout(resolve, input.stepMs));
  return { step: i, ok: true };
}
