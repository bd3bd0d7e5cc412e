import { spawn } from "node:child_process";
import { once } from "node:events";
import type { WorkerRow } from "@pawl/kernel/ports";
import { expect, it, vi } from "vitest";
import { processPlace, sessionsOfDeadProcesses } from "../src/dead-processes.ts";

const session = (id: string, pid: number): WorkerRow =>
  ({ id, pid, host: processPlace, version: 2 }) as WorkerRow;

it("a process that lives here, or ran elsewhere, is not taken for dead", () => {
  const elsewhere = { ...session("elsewhere", 999_999_999), host: "another machine" };
  expect(sessionsOfDeadProcesses([session("own", process.pid), elsewhere])).toEqual([]);
});

// because only Linux tells the state of a process in a file
it.skipIf(process.platform !== "linux")(
  "a process that was killed is dead, though its parent has not asked for it yet",
  async () => {
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"]);
    const [text] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(String(text).trim());
    expect(sessionsOfDeadProcesses([session("s", pid)])).toEqual([]);
    process.kill(pid, "SIGKILL");
    const dead = () => sessionsOfDeadProcesses([session("s", pid)]);
    await vi.waitFor(() => expect(dead()).toEqual([{ id: "s", version: 2 }]), 10_000);
    expect(() => process.kill(pid, 0)).not.toThrow();
    parent.kill("SIGKILL");
  },
);
