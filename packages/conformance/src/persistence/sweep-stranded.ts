import type { Row, WaitRow, Write } from "@pawl/kernel/ports";
import { insert, stageKey } from "./plans.ts";
import type { Situation } from "./sweep-situation.ts";

const lying = (stage: Partial<Row<"stages">>, run: Partial<Row<"runs">> = {}): readonly Write[] => [
  insert("runs", run),
  insert("stages", { status: "suspended", wakeAt: null, ...stage }),
];

const waiting = (kind: WaitRow["kind"], part: Partial<WaitRow> = {}): readonly Write[] => [
  ...lying({}),
  insert("waits", { kind, ...part }),
];

const run = (part: Partial<Row<"stages">>): readonly Write[] =>
  lying({ status: "running", session: "a", ...part });

const WAKING = ["signal", "child", "approval", "poll"] as const;
const item = { runId: "run" };
const stage = stageKey();

/** Live runs that nothing will wake, and stages that run under nobody. */
export const STRANDED: Situation = {
  kind: "stranded",
  found: {
    "a run whose stage is suspended without wake or wait": () => ({ rows: lying({}), item }),
    "a closing run likewise": () => ({ rows: lying({}, { status: "closing" }), item }),
    "a run without any stage": () => ({ rows: [insert("runs")], item }),
    "a run whose stages have all ended or are blocked": () => ({
      rows: [
        ...lying({ status: "completed" }),
        insert("stages", { stageId: "b", status: "blocked", joinPending: 1 }),
      ],
      item,
    }),
    "a run whose signal wait is resolved": () => ({
      rows: waiting("signal", { outcome: "received", resolvedAt: 1 }),
      item,
    }),
    "a run with an open timer wait, but no wake": () => ({ rows: waiting("timer"), item }),
    "a run beside which others live": () => ({
      rows: [
        ...lying({}),
        ...lying({ runId: "b", status: "ready" }, { id: "b" }),
        insert("waits", { runId: "b", kind: "signal" }),
        insert("intents", { runId: "b" }),
      ],
      item,
    }),
    "a stage that runs under a session that is gone": () => ({
      rows: [...run({}), insert("workers", { id: "a", status: "gone" })],
      item: { ...item, stage },
    }),
    "a stage that runs under a session that nobody knows": () => ({
      rows: [...run({}), insert("workers", { id: "b" })],
      item: { ...item, stage },
    }),
    "such a stage beside others that live": () => ({
      rows: [
        ...run({}),
        insert("stages", { stageId: "b", status: "ready" }),
        insert("stages", { stageId: "c", status: "running", session: "b" }),
        insert("workers", { id: "b" }),
      ],
      item: { ...item, stage },
    }),
  },
  passedOver: {
    "a run with a ready stage": () => lying({ status: "ready" }),
    "a run with a running stage": () => lying({ status: "running" }),
    ...Object.fromEntries(
      (["active", "draining"] as const).map((status) => [
        `a stage of a session that is ${status}, expired or not`,
        () => [...run({}), insert("workers", { id: "a", status, expiresAt: 1 })],
      ]),
    ),
    "what a session that is gone left in order": () => [
      ...lying({ status: "ready", session: "a" }),
      insert("workers", { id: "a", status: "gone" }),
    ],
    "a run with a stage that will wake": () => lying({ wakeAt: 9_000_000_000_000 }),
    "a run with a held stage": () => lying({ held: true, holdReason: "quarantined" }),
    "a run with an intent about it": () => [...lying({}), insert("intents", { runId: "run" })],
    "runs that are not live": () =>
      (["pending", "paused", "completed", "failed", "cancelled"] as const).map((status) =>
        insert("runs", { id: status, status }),
      ),
    ...Object.fromEntries(
      WAKING.map((kind) => [`a run with an open ${kind} wait`, () => waiting(kind)]),
    ),
  },
  many: (name, createdAt) => [insert("runs", { id: `name ${name}`, createdAt })],
};
