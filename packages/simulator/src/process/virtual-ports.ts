import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import type {
  BlobStore,
  Clock,
  EventSink,
  IdSource,
  JobTransport,
  Runtime,
} from "@pawl/kernel/ports";
import type { Prng } from "../world/prng.ts";
import type { PortName } from "./port-call.ts";
import type { VirtualProcess } from "./virtual-process.ts";

const marks = new AsyncLocalStorage<object>();

export function virtualRuntime(process: VirtualProcess): Runtime {
  return {
    after: (ms, cancel) => process.after(ms, cancel?.cancelled),
    turn: () => process.turn(),
    newAbort: () => new AbortController(),
    scope: { run: (mark, body) => marks.run(mark, body), current: () => marks.getStore() },
    digest: (bytes) =>
      calling(process, "digest")("digest", async () =>
        createHash("sha256").update(bytes).digest("hex"),
      ),
  };
}

export const virtualClock = (process: VirtualProcess): Clock => ({
  now: () => process.now(),
  monotonic: () => process.monotonic(),
});

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** ULIDs by the process's own clock, which rise even where it steps back. */
export function virtualIds(process: VirtualProcess, chance: Prng): IdSource {
  let last = 0;
  let count = 0;
  const letters = (value: number, length: number): string =>
    Array.from(
      { length },
      (_, i) => ALPHABET[Math.floor(value / 32 ** (length - 1 - i)) % 32],
    ).join("");
  return {
    newId: () => {
      last = Math.max(last, process.now());
      count += 1;
      return letters(last, 10) + letters(count, 8) + letters(chance.next() * 2 ** 32, 8);
    },
    random: () => chance.next(),
  };
}

/** The shared store, as this process reaches it. */
export function virtualBlobs(process: VirtualProcess, inner: BlobStore): BlobStore {
  const call = calling(process, "blob");
  return {
    put: (key, bytes) => call("put", () => inner.put(key, bytes), true),
    get: (key) => call("get", () => inner.get(key)),
    has: (key) => call("has", () => inner.has(key)),
    delete: (key) => call("delete", () => inner.delete(key), true),
    list: (prefix) => call("list", () => inner.list(prefix)),
  };
}

export function virtualSink(process: VirtualProcess, inner: EventSink): EventSink {
  const call = calling(process, "sink");
  return { emit: (deliveries) => call("emit", () => inner.emit(deliveries), true) };
}

/** The shared queue, as this process reaches it. `dequeue` waits there, not in its effect. */
export function virtualTransport(process: VirtualProcess, inner: JobTransport): JobTransport {
  const call = calling(process, "queue");
  return {
    capabilities: inner.capabilities,
    enqueue: (jobs) => {
      const sent = jobs.map((one) => ({ ...one, notBefore: one.notBefore - process.skewMs }));
      return call("enqueue", () => inner.enqueue(sent), true);
    },
    dequeue: async ({ workerId, limit, waitMs }) => {
      const take = () => call("dequeue", () => inner.dequeue({ workerId, limit, waitMs: 0 }));
      const first = await take();
      if (first.length > 0 || waitMs <= 0) return first;
      await process.after(waitMs);
      return take();
    },
    ack: (receipts) => call("ack", () => inner.ack(receipts), true),
    nack: (receipt, options) => call("nack", () => inner.nack(receipt, options), true),
    extend: (receipt, ms) => call("extend", () => inner.extend(receipt, ms), true),
    close: async () => {},
  };
}

const calling =
  (process: VirtualProcess, port: PortName) =>
  <T>(method: string, run: () => Promise<T>, writes = false): Promise<T> =>
    process.call({ port, method, run, writes, plans: [] });
