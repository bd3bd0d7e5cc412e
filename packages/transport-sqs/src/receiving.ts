import { setTimeout as after } from "node:timers/promises";
import type { Delivery, DequeueRequest } from "@pawl/kernel/ports";
import { bodyOfMessage } from "./message.ts";
import { receiptText } from "./receipt.ts";
import type { ReceiveRequest, SqsCalls } from "./sqs-calls.ts";

const MESSAGES_MAX = 10;
/** Requests under way at once. */
const LANES_MAX = 8;
const SECOND_MS = 1_000;
const WAIT_MS_MAX = 20_000;
/** Between two looks where SQS does not wait, or answers early. */
const ROUND_MS_MIN = 250;

/** Takes messages from the queues that a transport consumes. */
export class Receiving {
  readonly #calls: SqsCalls;
  readonly #places: readonly number[];
  #turn = 0;

  constructor(calls: SqsCalls, places: readonly number[]) {
    this.#calls = calls;
    this.#places = places;
  }

  /**
   * SQS counts waits in whole seconds. After a long poll the rest of one is given up, so that
   * whoever asks again at once leaves no gap; a wait of less than one looks every now and then.
   */
  async take({ limit, waitMs }: Omit<DequeueRequest, "workerId">): Promise<readonly Delivery[]> {
    const { closing } = this.#calls;
    let left = Math.min(waitMs, WAIT_MS_MAX);
    const deadline = performance.now() + left;
    for (;;) {
      const isLast = left <= 0;
      const asked = performance.now();
      const waitSeconds = Math.max(0, Math.floor(left / SECOND_MS));
      const taken = await this.#look(limit, waitSeconds);
      if (taken.length > 0 || isLast || closing.aborted) return taken;
      const now = performance.now();
      const rest = deadline - now;
      const waited = waitSeconds > 0 && now - asked > ROUND_MS_MIN;
      if (rest <= 0 || (waited && rest < SECOND_MS)) return [];
      await pause(Math.min(rest, asked + ROUND_MS_MIN - now), closing);
      left = deadline - performance.now();
    }
  }

  /**
   * Several queues in turn, so that no more is taken than asked for, and no poll is left behind
   * that takes a message for a caller who has gone. While all are empty, one after the other is
   * waited at for a second.
   */
  async #look(limit: number, waitSeconds: number): Promise<readonly Delivery[]> {
    const [first = 0, ...others] = this.#inTurn();
    if (others.length === 0) return this.#receive({ place: first, limit, waitSeconds });
    const taken: Delivery[] = [];
    for (const place of [first, ...others]) {
      const left = limit - taken.length;
      if (left > 0) await this.#add(taken, { place, limit: left, waitSeconds: 0 });
    }
    if (taken.length > 0 || waitSeconds === 0) return taken;
    return this.#receive({ place: first, limit, waitSeconds: 1 });
  }

  #inTurn(): readonly number[] {
    const at = this.#turn++ % this.#places.length;
    return [...this.#places.slice(at), ...this.#places.slice(0, at)];
  }

  async #receive(request: ReceiveRequest): Promise<readonly Delivery[]> {
    const taken: Delivery[] = [];
    await this.#add(taken, request);
    return taken;
  }

  /**
   * Ten at a time: after a first request twice as many at once each time, as long as all come back
   * full. What has been taken is not lost with a request that fails.
   */
  async #add(taken: Delivery[], { place, limit, waitSeconds }: ReceiveRequest): Promise<void> {
    for (let left = limit, lanes = 1; left > 0; lanes = Math.min(2 * lanes, LANES_MAX)) {
      const limits = inTens(left, lanes);
      const asked = limits.map((most) =>
        this.#calls.receive({ place, limit: most, waitSeconds: lanes === 1 ? waitSeconds : 0 }),
      );
      let missing = 0;
      for (const [i, answer] of (await Promise.allSettled(asked)).entries()) {
        const messages = answer.status === "fulfilled" ? answer.value : [];
        for (const { Body, ReceiptHandle: handle = "" } of messages)
          taken.push({ body: bodyOfMessage(Body), receipt: receiptText({ queue: place, handle }) });
        missing += (limits[i] as number) - messages.length;
        left -= messages.length;
      }
      if (taken.length === 0) await Promise.all(asked);
      if (missing > 0) return;
    }
  }
}

/** What so many requests at most may bring of what is left. */
const inTens = (left: number, requests: number): readonly number[] =>
  Array.from({ length: Math.min(requests, Math.ceil(left / MESSAGES_MAX)) }, (_, i) =>
    Math.min(left - i * MESSAGES_MAX, MESSAGES_MAX),
  );

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  ms <= 0 ? Promise.resolve() : after(Math.ceil(ms), undefined, { signal }).catch(() => {});
