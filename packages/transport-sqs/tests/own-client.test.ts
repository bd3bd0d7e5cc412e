import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freshQueue } from "@pawl/services";
import { describeOn, sqs } from "@pawl/services/vitest";
import { createSqsTransport, type SqsTransportOptions } from "@pawl/transport-sqs";
import { afterEach, describe, expect, it, vi } from "vitest";

const ACCESS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

describe("a client of the transport's own", () => {
  afterEach(() => vi.unstubAllEnvs());

  /** What a request of this transport is signed for. */
  async function scopeOf(options: SqsTransportOptions): Promise<string | undefined> {
    for (const [name, value] of Object.entries(ACCESS)) vi.stubEnv(name, value);
    vi.stubEnv("AWS_REGION", "us-west-2");
    let scope: string | undefined;
    const server = createServer((request, response) => {
      scope = /Credential=[^/]+\/\d+\/([^,]+)\/aws4_request/.exec(
        request.headers.authorization ?? "",
      )?.[1];
      response.setHeader("content-type", "application/x-amz-json-1.0").end("{}");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const transport = createSqsTransport({ endpoint, ...options });
    expect(await transport.dequeue({ workerId: "w", limit: 1, waitMs: 0 })).toEqual([]);
    await transport.close();
    server.close();
    return scope;
  }

  it("takes its region from the option, else from the URL, else from the environment", async () => {
    const queueUrl = "https://sqs.eu-central-1.amazonaws.com/1/jobs";
    expect(await scopeOf({ queueUrl, region: "ap-south-1" })).toBe("ap-south-1/sqs");
    expect(await scopeOf({ queueUrl })).toBe("eu-central-1/sqs");
    expect(await scopeOf({ queueUrl: "http://queues.test/1/jobs" })).toBe("us-west-2/sqs");
  });
});

describeOn("the README's example", await sqs(), (server) => {
  it("prints what it says", async () => {
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    const readme = await readFile(`${cwd}README.md`, "utf8");
    const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    const [, printed = ""] = /```text\n(.*?)```/s.exec(readme) ?? [];
    const flags = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
    const queue = await freshQueue(server);
    const env = { ...process.env, ...ACCESS, AWS_REGION: "us-east-1", PAWL_QUEUE_URL: queue.url };
    const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd, env });
    await queue.drop();
    expect(stdout).toBe(printed);
    expect(printed).not.toBe("");
  });
});
