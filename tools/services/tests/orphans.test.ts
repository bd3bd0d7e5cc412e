import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it, vi } from "vitest";
import { describeOn, postgres } from "../src/vitest/index.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const PROGRAM = fileURLToPath(new URL("hold-a-server.ts", import.meta.url));
const PATIENCE = { timeout: 15_000, interval: 50 };

let temporary = "";
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

describeOn("a process with a server of its own", await postgres(), () => {
  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "leaves nothing behind after %s",
    async (signal) => {
      const { child, port } = await holder();
      expect(await listens(port)).toBe(true);
      child.kill(signal);
      await vi.waitFor(async () => expect(await listens(port)).toBe(false), PATIENCE);
      await vi.waitFor(() => expect(ourFolders()).toEqual([]), PATIENCE);
    },
  );

  it("does not live on for its sake", async () => {
    const { child, port } = await holder();
    expect(child.exitCode).toBe(null);
    child.disconnect();
    await once(child, "exit");
    await vi.waitFor(async () => expect(await listens(port)).toBe(false), PATIENCE);
  });
});

async function holder(): Promise<{ child: ChildProcess; port: number }> {
  temporary = mkdtempSync(join(tmpdir(), "orphans-"));
  chmodSync(temporary, 0o755);
  const child = fork(PROGRAM, { env: { ...process.env, TMPDIR: temporary } });
  const [{ port, skipped }] = await once(child, "message");
  expect(skipped).toBeUndefined();
  return { child, port };
}

const ourFolders = (): readonly string[] =>
  readdirSync(temporary).filter((name) => name.startsWith("pawl-"));

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
