import type { Row, WaitRow, Write } from "@pawl/kernel/ports";
import { insert } from "./plans.ts";
import type { Situation } from "./sweep-situation.ts";

const lying = (stage: Partial<Row<"stages">>, run: Partial<Row<"runs">> = {}): readonly Write[] => [
  insert("runs", run),
  insert("stages", { status: "suspended", wakeAt: null, ...stage }),
];

const waiting = (kind: WaitRow["kind"], part: Partial<WaitRow> = {}): readonly Write[] => [
  ...lying({}),
  insert("waits", { kind, ...part }),
];

const WAKING = ["signal", "child", "approval", "poll"] as const;
const item = { runId: "run" };

/** Live runs that nothing will wake. */
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
  },
  passedOver: {
    "a run with a ready stage": () => lying({ status: "ready" }),
    "a run with a running stage": () => lying({ status: "running" }),
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
