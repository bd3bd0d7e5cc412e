import type { Handlers } from "../engine/handler.ts";
import { beatWorker } from "./beat-worker.ts";
import { listDeadLetters } from "./dead-letters.ts";
import { discardDeadLetter } from "./discard-dead-letter.ts";
import { flushOutbox } from "./flush-outbox.ts";
import { reapStale } from "./reap-lease.ts";
import { registerWorker } from "./register-worker.ts";
import { relayDispatch } from "./relay-dispatch.ts";
import { deregisterWorker, drainWorker } from "./release-worker.ts";
import { replayDeadLetter } from "./replay-dead-letter.ts";
import { pollSuspended } from "./wake-stage.ts";

/** The verbs of worker sessions and of what they look after. */
export const workerHandlers: Handlers<
  "worker" | "lease" | "stage" | "outbox" | "deadletter" | "dispatch"
> = {
  "worker.register": registerWorker,
  "worker.beat": beatWorker,
  "worker.drain": drainWorker,
  "worker.deregister": deregisterWorker,
  "lease.reapStale": reapStale,
  "stage.pollSuspended": pollSuspended,
  "outbox.flush": flushOutbox,
  "dispatch.relay": relayDispatch,
  "deadletter.list": listDeadLetters,
  "deadletter.replay": replayDeadLetter,
  "deadletter.discard": discardDeadLetter,
};
