import type { Delivery, EpochMs, Job } from "@pawl/kernel/ports";
import { Heap } from "./heap.ts";

export interface NewMessage {
  readonly job: Job;
  readonly notBefore: EpochMs;
  readonly priority: number;
  /** Place among due messages of one priority, least first. Default: the instant it falls due. */
  readonly rank?: number;
}

export interface TakeBounds {
  readonly now: EpochMs;
  readonly limit: number;
  readonly hiddenUntil: EpochMs;
}

interface Message extends NewMessage {
  readonly order: number;
  /** Which of its entries counts: the one that carries this number. */
  version: number;
  /** Of its latest delivery; empty before the first. */
  receipt: string;
}

/** A message's place in a heap; left where it is when the message moves on, and then skipped. */
interface Entry {
  readonly message: Message;
  readonly version: number;
  readonly at: EpochMs;
}

/** Messages by the instant when they may be delivered, and then by priority and age. */
export class MessageQueue {
  readonly #waiting = new Heap<Entry>((a, b) => a.at < b.at);
  readonly #due = new Heap<Entry>(goesFirst);
  readonly #held = new Map<string, Message>();
  #count = 0;

  add(message: NewMessage): void {
    const order = this.#count++;
    this.#place({ ...message, order, version: 0, receipt: "" }, message.notBefore);
  }

  /** Takes what is due and hides it from others; it comes again at `hiddenUntil`. */
  take({ now, limit, hiddenUntil }: TakeBounds): readonly Delivery[] {
    this.#promote(now);
    const deliveries: Delivery[] = [];
    while (deliveries.length < limit) {
      const entry = this.#due.pop();
      if (entry === undefined) break;
      const { message, version } = entry;
      if (message.version === version) deliveries.push(this.#hold(message, hiddenUntil));
    }
    return deliveries;
  }

  /** The message never comes again. */
  remove(receipt: string): void {
    const message = this.#release(receipt);
    if (message !== undefined) message.version++;
  }

  /** Ends the receipt; the message comes again at `at`. */
  giveBack(receipt: string, at: EpochMs): void {
    const message = this.#release(receipt);
    if (message !== undefined) this.#place(message, at);
  }

  /** Keeps the receipt good and the message hidden until `at`. */
  hide(receipt: string, at: EpochMs): void {
    const message = this.#held.get(receipt);
    if (message !== undefined) this.#place(message, at);
  }

  /** No message falls due before this instant that is not due yet; none waits if undefined. */
  nextAt(): EpochMs | undefined {
    return this.#waiting.peek()?.at;
  }

  #place(message: Message, at: EpochMs): void {
    message.version++;
    this.#waiting.push({ message, version: message.version, at });
  }

  #promote(now: EpochMs): void {
    for (;;) {
      const entry = this.#waiting.peek();
      if (entry === undefined || entry.at > now) return;
      this.#waiting.pop();
      this.#due.push(entry);
    }
  }

  #hold(message: Message, hiddenUntil: EpochMs): Delivery {
    this.#release(message.receipt);
    this.#place(message, hiddenUntil);
    const receipt = `${message.order}-${message.version}`;
    message.receipt = receipt;
    this.#held.set(receipt, message);
    return { body: { ...message.job }, receipt };
  }

  #release(receipt: string): Message | undefined {
    const message = this.#held.get(receipt);
    this.#held.delete(receipt);
    return message;
  }
}

const rankOf = (entry: Entry): number => entry.message.rank ?? entry.at;

function goesFirst(a: Entry, b: Entry): boolean {
  if (a.message.priority !== b.message.priority) return a.message.priority > b.message.priority;
  if (rankOf(a) !== rankOf(b)) return rankOf(a) < rankOf(b);
  return a.message.order < b.message.order;
}
