import type { Persistence, WorkBell, WorkPlace } from "@pawl/kernel/ports";
import type { Bench, Cases } from "./bench.ts";

/** What one listener hears, in order. */
class Ear {
  readonly places: (WorkPlace | undefined)[] = [];
  readonly stop: () => Promise<void>;
  #told: () => void = () => {};

  constructor(persistence: Persistence) {
    this.stop = bellOf(persistence).listen(
      (place) => {
        this.places.push(place);
        this.#told();
      },
      { log: () => {} },
    );
  }

  /** Waits until it has heard this. */
  async until(isIt: (place: WorkPlace | undefined) => boolean): Promise<void> {
    while (!this.places.some(isIt)) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }

  hears = (queue: string): Promise<void> => this.until((place) => place?.queue === queue);
  begins = (): Promise<void> => this.until((place) => place === undefined);
}

const bellOf = ({ workBell }: Persistence): WorkBell => {
  if (!workBell) throw new Error("This store has no workBell.");
  return workBell;
};

const namespace = "default";
const secondOf = (bench: Bench): Promise<Persistence> =>
  (bench.second as () => Promise<Persistence>)();

/** Another handle and how it hears this store, once it does. */
async function other(bench: Bench): Promise<{ handle: Persistence; ear: Ear }> {
  const handle = await secondOf(bench);
  const ear = new Ear(handle);
  await ear.begins();
  return { handle, ear };
}

const ODD = [
  "a\"b\\c'; NOTIFY x --",
  "ключ 鍵 🔑",
  "\u0000\ud800",
  "",
  "__proto__",
  "line\nbreak\t",
  "null",
];

/** News between processes, for stores that bring them. */
export const notifyCases: Cases = (suite) => {
  if (suite.can.notify && suite.can.handles) {
    heardCases(suite);
    endCases(suite);
  } else {
    suite.prove("NOTIFY-1 this store brings no news, and says so", async (bench) => {
      bench.expect(bench.persistence.capabilities.notify).toBe(false);
      bench.expect(bench.persistence.workBell).toBe(undefined);
    });
  }
};

const heardCases: Cases = ({ can, prove }) => {
  prove("NOTIFY-1 another handle hears namespace and queue of a ring [43]", async (bench) => {
    bench.expect(bench.persistence.capabilities.notify).toBe(true);
    const { ear } = await other(bench);
    const bell = bellOf(bench.persistence);
    bell.ring({ namespace });
    bell.ring({ namespace: "tenant", queue: "mail" });
    await ear.hears("mail");
    bench
      .expect(ear.places.slice(1))
      .toEqual([{ namespace }, { namespace: "tenant", queue: "mail" }]);
  });
  prove("NOTIFY-1 names of any characters are heard as they are", async (bench) => {
    const { ear } = await other(bench);
    const bell = bellOf(bench.persistence);
    for (const name of ODD) bell.ring({ namespace: name, queue: name });
    bell.ring({ namespace, queue: "last" });
    await ear.hears("last");
    const heard = ear.places.flatMap((place) => (place?.namespace === place?.queue ? [place] : []));
    const odd = ODD.map((name) => ({ namespace: name, queue: name }));
    bench.expect(heard.filter((place) => place !== undefined)).toEqual(odd);
  });
  prove("NOTIFY-1 of names without bounds less is heard, nothing else", async (bench) => {
    const { ear } = await other(bench);
    const bell = bellOf(bench.persistence);
    const long = "é".repeat(100_000);
    bell.ring({ namespace, queue: long });
    bell.ring({ namespace: long, queue: "mail" });
    bell.ring({ namespace, queue: "last" });
    await ear.hears("last");
    const heard = ear.places.slice(1, -1);
    bench.expect(heard.length).toBe(2);
    for (const [at, whole] of [
      { namespace, queue: long },
      { namespace: long, queue: "mail" },
    ].entries()) {
      const { [at]: place } = heard;
      if (place) bench.expect(whole).toMatchObject(place);
    }
  });
  prove("NOTIFY-2 a handle does not hear itself, and hears the others", async (bench) => {
    const { handle, ear } = await other(bench);
    const own = new Ear(bench.persistence);
    await own.begins();
    bellOf(bench.persistence).ring({ namespace, queue: "own" });
    await ear.hears("own");
    bellOf(handle).ring({ namespace, queue: "theirs" });
    await own.hears("theirs");
    bench.expect(own.places).toEqual([undefined, { namespace, queue: "theirs" }]);
  });
  prove("NOTIFY-4 of a thousand rings few are heard, and one after the last", async (bench) => {
    const { ear } = await other(bench);
    const bell = bellOf(bench.persistence);
    for (let i = 0; i < 1_000; i++) bell.ring({ namespace, queue: "busy" });
    await ear.hears("busy");
    const before = ear.places.length;
    bell.ring({ namespace, queue: "busy" });
    bell.ring({ namespace, queue: "last" });
    await ear.hears("last");
    const again = (): boolean => ear.places.length > before + 1;
    await ear.until(again);
    bench.expect(ear.places.length < 20, `${ear.places.length} were heard`).toBe(true);
  });
  prove("NOTIFY-5 who begins to hear is told so, also where others hear already", async (bench) => {
    const { handle } = await other(bench);
    const second = new Ear(handle);
    await second.begins();
    bench.expect(second.places).toEqual([undefined]);
  });
  if (!can.deafening) return;
  prove(
    "NOTIFY-5 who was deaf hears that anything may have happened, and all after",
    async (bench) => {
      const { ear } = await other(bench);
      ear.places.length = 0;
      await bench.deafen?.();
      await ear.begins();
      bellOf(bench.persistence).ring({ namespace, queue: "after" });
      await ear.hears("after");
    },
  );
};

const endCases: Cases = ({ prove }) => {
  prove("NOTIFY-3 a ring on a closed store is nothing, and so is listening", async (bench) => {
    const { ear } = await other(bench);
    const closed = await secondOf(bench);
    await closed.close();
    bellOf(closed).ring({ namespace, queue: "closed" });
    const deaf = new Ear(closed);
    bellOf(bench.persistence).ring({ namespace, queue: "last" });
    await ear.hears("last");
    bench.expect(ear.places.slice(1)).toEqual([{ namespace, queue: "last" }]);
    await deaf.stop();
    bench.expect(deaf.places).toEqual([]);
  });
  prove("NOTIFY-6 who stops hears nothing more, the others do", async (bench) => {
    const { handle, ear } = await other(bench);
    const stopped = new Ear(handle);
    await ear.stop();
    await ear.stop();
    const heard = ear.places.length;
    await stopped.begins();
    bellOf(bench.persistence).ring({ namespace, queue: "after" });
    await stopped.hears("after");
    bench.expect(ear.places.length).toBe(heard);
  });
  prove("NOTIFY-6 a ring shortly before the close goes out", async (bench) => {
    const { ear } = await other(bench);
    bellOf(bench.persistence).ring({ namespace, queue: "farewell" });
    await bench.persistence.close();
    await ear.hears("farewell");
  });
};
