import type { CommitPlan, Write } from "@pawl/kernel/ports";
import type { Complaint } from "./changes.ts";

const PAYLOADS = ["input", "config", "output", "progress", "value"] as const;

/** I30: what refers to a blob is stored with a reference that keeps it. */
export class BlobReferences {
  /** Run and hash. */
  readonly #known = new Set<string>();

  applied({ writes }: CommitPlan): readonly Complaint[] {
    for (const write of writes) {
      if (write.op !== "insert" || write.table !== "blobRefs") continue;
      this.#known.add(`${write.row.runId}/${write.row.hash}`);
    }
    return writes.flatMap((write) =>
      referred(write)
        .filter((name) => !this.#known.has(name))
        .map((name): Complaint => ["I30", `blob ${name} is referred to by no row of its own`]),
    );
  }
}

/** Run and hash of the blobs that a write refers to. */
function referred(write: Write): readonly string[] {
  if (write.op !== "insert" && write.op !== "update") return [];
  const names = (write.op === "insert" ? write.row : write.key) as Record<string, unknown>;
  const columns = (write.op === "insert" ? write.row : write.set) as Record<string, unknown>;
  const runId = write.table === "runs" ? names.id : names.runId;
  return PAYLOADS.flatMap((column) => {
    const packed = columns[column];
    if (typeof packed !== "string" || !packed.startsWith("b{")) return [];
    return [`${runId}/${(JSON.parse(packed.slice(1)) as { hash: string }).hash}`];
  });
}
