import type { Clock, JobTransport, Runtime, TransportCapabilities } from "@pawl/kernel/ports";
import { TransportClosedError } from "./errors.ts";
import { forgetsAck, sentWith, type TransportFaults } from "./faults.ts";
import { MessageQueue } from "./message-queue.ts";
import { timerRuntime } from "./timer-runtime.ts";

export interface MemoryTransportOptions {
  /** Decides what is due. */
  readonly clock: Pick<Clock, "now">;
  /** Milliseconds for which a delivery is hidden from others. Default 30,000. */
  readonly visibilityMs?: number;
  /** How a long poll waits; with a virtual clock, its runtime. Default: the machine's timers. */
  readonly runtime?: Pick<Runtime, "after">;
  /** What goes wrong on purpose. Default: nothing. */
  readonly faults?: TransportFaults;
}

const VISIBILITY_MS = 30_000;

const CAPABILITIES: TransportCapabilities = {
  delivery: "pull",
  colocated: false,
  maxDelayMs: Number.POSITIVE_INFINITY,
  maxMessageBytes: Number.POSITIVE_INFINITY,
  maxBatch: Number.POSITIVE_INFINITY,
  priority: true,
};

/**
 * A `JobTransport` inside one process: for tests, simulation and single-process programs. After
 * `close`, waiting dequeues answer nothing and every other call rejects with TransportClosedError.
 */
export function createMemoryTransport(options: MemoryTransportOptions): JobTransport {
  const { clock, faults, visibilityMs = VISIBILITY_MS, runtime = timerRuntime } = options;
  const queue = new MessageQueue();
  const wakers = new Set<() => void>();
  let closed = false;

  const assertOpen = (verb: string): void => {
    if (closed) throw new TransportClosedError(verb);
  };
  const wakeAll = (): void => {
    for (const wake of wakers) wake();
  };
  const change = async (ms: number): Promise<void> => {
    let wake = (): void => {};
    const cancelled = new Promise<void>((resolve) => {
      wake = resolve;
    });
    wakers.add(wake);
    await runtime.after(ms, { cancelled }).finally(() => wakers.delete(wake));
  };

  return {
    capabilities: CAPABILITIES,
    async enqueue(jobs) {
      assertOpen("enqueue");
      for (const { job, notBefore, priority } of jobs) {
        const sent = sentWith(faults, { job: { ...job }, notBefore, priority });
        for (const message of sent) queue.add(message);
      }
      wakeAll();
    },
    async dequeue({ limit, waitMs }) {
      assertOpen("dequeue");
      const deadline = clock.now() + waitMs;
      for (;;) {
        const now = clock.now();
        const deliveries = queue.take({ now, limit, hiddenUntil: now + visibilityMs });
        if (deliveries.length > 0 || now >= deadline) return deliveries;
        await change(Math.min(deadline, queue.nextAt() ?? deadline) - now);
        if (closed) return [];
      }
    },
    async ack(receipts) {
      assertOpen("ack");
      for (const receipt of receipts) if (!forgetsAck(faults)) queue.remove(receipt);
    },
    async nack(receipt, { delayMs }) {
      assertOpen("nack");
      queue.giveBack(receipt, clock.now() + delayMs);
      wakeAll();
    },
    async extend(receipt, ms) {
      assertOpen("extend");
      queue.hide(receipt, clock.now() + ms);
      wakeAll();
    },
    async close() {
      closed = true;
      wakeAll();
    },
  };
}
