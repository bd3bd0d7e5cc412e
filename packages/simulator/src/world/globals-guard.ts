/** Something asked the machine for time or chance during a simulation. */
export class AmbientCallError extends Error {
  constructor(name: string) {
    super(
      `${name} was called during a simulation, whose time and chance come from its seed. ` +
        "Take them from ctx, or keep them out of what is simulated.",
    );
    this.name = "AmbientCallError";
  }
}

interface Target {
  readonly name: string;
  readonly owner: object;
  readonly key: string;
}

const TARGETS: readonly Target[] = [
  { name: "Date.now", owner: Date, key: "now" },
  { name: "Math.random", owner: Math, key: "random" },
  { name: "setTimeout", owner: globalThis, key: "setTimeout" },
  { name: "setInterval", owner: globalThis, key: "setInterval" },
  { name: "setImmediate", owner: globalThis, key: "setImmediate" },
  { name: "crypto.randomUUID", owner: globalThis.crypto, key: "randomUUID" },
];

/** What a move is doing now may not ask the machine; whoever else runs in this process may. */
export class GlobalsGuard {
  /** Names of what was called all the same, should nobody mind the error. */
  readonly calls: string[] = [];
  #armed = false;
  readonly #restore: (() => void)[] = [];

  install(): void {
    for (const { name, owner, key } of TARGETS) {
      const own = Object.getOwnPropertyDescriptor(owner, key);
      const before = Reflect.get(owner, key) as (...args: unknown[]) => unknown;
      const guarded = (...args: unknown[]): unknown => {
        if (!this.#armed) return before.apply(owner, args);
        this.calls.push(name);
        throw new AmbientCallError(name);
      };
      Object.defineProperty(owner, key, { value: guarded, configurable: true, writable: true });
      this.#restore.push(() => {
        if (own) Object.defineProperty(owner, key, own);
        else Reflect.deleteProperty(owner, key);
      });
    }
  }

  /** From now on the calls throw. */
  arm(): void {
    this.#armed = true;
  }

  disarm(): void {
    this.#armed = false;
  }

  remove(): void {
    this.#armed = false;
    for (const restore of this.#restore.splice(0).reverse()) restore();
  }
}
