import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeRuntime } from "@pawl/host-node";
import type { JobTransport, Persistence } from "@pawl/kernel/ports";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { createBullmqTransport } from "@pawl/transport-bullmq";
import { deliveredWorkflows, INPUTS } from "./delivered-workflows.ts";
import { type Member, startMember } from "./delivery-fleet.ts";

const ENDED_WITHIN_MS = 240_000;
const LOOK_AGAIN_MS = 50;
const VISIBILITY_MS = 1_000;
const RECOVERY_MS = 250;
/** After a silence of so long nothing comes by itself any more. */
const SILENCE_MS = 2 * (VISIBILITY_MS + RECOVERY_MS);

const { after } = createNodeRuntime();
const workflowIds = deliveredWorkflows(() => {}).map(({ id }) => id);

/** How many runs there are of each workflow with each input. */
export const KINDS: number = workflowIds.length * INPUTS;

/** Hosts on one SQLite file, whose jobs come by one Redis through an adversary. */
export class DeliveryPlace {
  readonly folder = mkdtempSync(join(tmpdir(), "pawl-delivery-"));
  readonly prefix = randomUUID();
  readonly bodies = new Map<string, string[]>();
  readonly ended = new Set<string>();
  readonly members: Member[] = [];
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  transport(): JobTransport {
    const { prefix } = this;
    const times = { visibilityMs: VISIBILITY_MS, recoveryIntervalMs: RECOVERY_MS };
    return createBullmqTransport({ connection: this.#url, prefix, ...times });
  }

  async start(hosts: number, through: (transport: JobTransport) => JobTransport): Promise<void> {
    for (let n = 0; n < hosts; n++) {
      const path = join(this.folder, "runs.db");
      const member = await startMember({
        name: `host-${n}`,
        persistence: await createSqlitePersistence({ path, synchronous: "NORMAL" }),
        jobTransport: through(this.transport()),
        enter: ({ runId, body }) => {
          const entered = this.bodies.get(runId);
          if (entered) entered.push(body);
          else this.bodies.set(runId, [body]);
        },
      });
      member.kernel.listen((news) => news.type === "runEnded" && this.ended.add(news.runId));
      this.members.push(member);
    }
  }

  async create(nth: number): Promise<{ readonly runId: string; readonly what: string }> {
    const { kernel } = this.members[nth % this.members.length] as Member;
    const workflowId = workflowIds[nth % workflowIds.length] as string;
    const input = Math.floor(nth / workflowIds.length) % INPUTS;
    const { workflowRunId: runId } = await kernel.dispatch({
      type: "run.create",
      workflowId,
      input,
    });
    return { runId, what: `${workflowId} ${input}` };
  }

  /** Answers how many have not ended when nothing more may be expected. */
  async untilEnded(runs: number): Promise<number> {
    const giveUpAt = performance.now() + ENDED_WITHIN_MS;
    while (this.ended.size < runs && performance.now() < giveUpAt) await after(LOOK_AGAIN_MS);
    for (const { kernel } of this.members) await kernel.handedOver();
    return runs - this.ended.size;
  }

  /** Resolves when nothing has been delivered for so long that nothing more will be. */
  async untilSilent(adversary: { readonly deliveredAt: number }): Promise<void> {
    while (performance.now() - adversary.deliveredAt < SILENCE_MS) await after(LOOK_AGAIN_MS);
  }

  /** Of any member: all see the same database. */
  get persistence(): Persistence {
    return (this.members[0] as Member).persistence;
  }

  async remove(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
