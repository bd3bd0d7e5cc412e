import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { SeenSession, WorkerRow } from "@pawl/kernel/ports";

/**
 * Where this process has its number: the machine, and on Linux its boot and its namespace of
 * processes, since containers may share a name and count their processes from 1.
 */
export const processPlace: string = `${hostname()}${namespaceMark()}`;

/** Sessions registered from here by processes that are gone: nobody renews their leases. */
export function sessionsOfDeadProcesses(workers: readonly WorkerRow[]): readonly SeenSession[] {
  return workers
    .filter(({ host, pid }) => host === processPlace && isGone(pid))
    .map(({ id, version }) => ({ id, version }));
}

function namespaceMark(): string {
  if (process.platform !== "linux") return "";
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    const namespace = readlinkSync("/proc/self/ns/pid");
    return `/${createHash("sha256").update(boot).update(namespace).digest("hex").slice(0, 12)}`;
  } catch {
    return `/${process.pid}`;
  }
}

/** A process of somebody else can't be asked, but it is there. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return isDefunct(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Ended, and kept in the list until its parent asks, as in a container without an init. */
function isDefunct(pid: number): boolean {
  if (process.platform !== "linux") return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}
