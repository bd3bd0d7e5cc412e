import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createNodeRuntime } from "../src/index.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Settling {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

function settling(): Settling {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<void>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}

/** Tells whether a wait has ended. */
function watch(wait: Promise<void>): { ended: boolean } {
  const watched = { ended: false };
  void wait.then(() => {
    watched.ended = true;
  });
  return watched;
}

it("waits for as long as it was told", async () => {
  const wait = watch(createNodeRuntime().after(1_000));
  await vi.advanceTimersByTimeAsync(999);
  expect(wait.ended).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(wait.ended).toBe(true);
});

it("does not wait for an instant that has passed", async () => {
  const timer = vi.spyOn(globalThis, "setTimeout");
  const wait = watch(createNodeRuntime().after(-0.5));
  await vi.advanceTimersByTimeAsync(1);
  expect(wait.ended).toBe(true);
  expect(timer.mock.calls.map(([, ms]) => ms)).toEqual([0]);
});

it("waits longer than a timer of the platform can", async () => {
  const ms = 5 * 2 ** 31;
  const wait = watch(createNodeRuntime().after(ms));
  await vi.advanceTimersByTimeAsync(ms - 1);
  expect(wait.ended).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(wait.ended).toBe(true);
});

it.each([
  ["resolves", (settle: Settling) => settle.resolve()],
  ["rejects", (settle: Settling) => settle.reject(new Error("no"))],
])("ends early and clears its timer when the cancellation %s", async (_, settle) => {
  const cancel = settling();
  const wait = watch(createNodeRuntime().after(60_000, { cancelled: cancel.promise }));
  await vi.advanceTimersByTimeAsync(10);
  expect(wait.ended).toBe(false);
  settle(cancel);
  await vi.advanceTimersByTimeAsync(0);
  expect(wait.ended).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

it("many waits on one cancellation leave nothing on it but one listener", async () => {
  const cancel = settling();
  const then = vi.spyOn(cancel.promise, "then");
  const runtime = createNodeRuntime();
  for (let i = 0; i < 1_000; i++) {
    const wait = runtime.after(1, { cancelled: cancel.promise });
    await vi.advanceTimersByTimeAsync(1);
    await wait;
  }
  expect(then).toHaveBeenCalledTimes(1);
  const last = watch(runtime.after(1_000, { cancelled: cancel.promise }));
  cancel.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(last.ended).toBe(true);
});

it("keeps the process alive while it waits, unless told not to", () => {
  vi.useRealTimers();
  const count = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = count();
  const cancel = settling();
  void createNodeRuntime({ unref: true }).after(60_000, { cancelled: cancel.promise });
  expect(count()).toBe(before);
  void createNodeRuntime().after(60_000, { cancelled: cancel.promise });
  expect(count()).toBe(before + 1);
  cancel.resolve();
});

it("a turn lets every microtask queued before it run", async () => {
  vi.useRealTimers();
  let depth = 0;
  const deeper = (): Promise<void> =>
    ++depth < 1_000 ? Promise.resolve().then(deeper) : Promise.resolve();
  void deeper();
  await createNodeRuntime().turn();
  expect(depth).toBe(1_000);
});

it("hashes, aborts and knows its asynchronous scope", async () => {
  vi.useRealTimers();
  const { digest, newAbort, scope, turn } = createNodeRuntime();
  expect(await digest(new TextEncoder().encode("abc"))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  const abort = newAbort();
  expect(abort.signal).toBeInstanceOf(AbortSignal);
  abort.abort("why");
  expect([abort.signal.aborted, abort.signal.reason]).toEqual([true, "why"]);
  const mark = {};
  const inside = await scope?.run(mark, async () => {
    await turn();
    return scope.current();
  });
  expect(inside).toBe(mark);
  expect(scope?.current()).toBeUndefined();
});
