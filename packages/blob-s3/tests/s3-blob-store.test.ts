import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { createS3BlobStore, type S3BlobStoreOptions } from "@pawl/blob-s3";
import { freshBucket } from "@pawl/services";
import { describeOn, sqs } from "@pawl/services/vitest";
import { describe, expect, it } from "vitest";
import { newBucket } from "./buckets.ts";

const bytes = new Uint8Array([1, 2, 3]);

function fakeStore(answer: (name: string, signal: AbortSignal) => unknown) {
  const asked: string[] = [];
  const send = async (
    command: { readonly constructor: { readonly name: string } },
    { abortSignal }: { readonly abortSignal: AbortSignal },
  ): Promise<unknown> => {
    const name = command.constructor.name.replace("Command", "");
    asked.push(name);
    return (await answer(name, abortSignal)) ?? {};
  };
  const client = { send } as unknown as S3Client;
  return { asked, store: createS3BlobStore({ bucket: "b", client, requestTimeoutMs: 50 }) };
}

const awsError = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

describe("a put", () => {
  it("that meets another's object is done", async () => {
    const { store, asked } = fakeStore(() => {
      throw awsError("PreconditionFailed", 412);
    });
    await store.put("a", bytes);
    expect(asked).toEqual(["PutObject"]);
  });

  it("that meets a delete is tried again, three times", async () => {
    let conflicts = 2;
    const { store } = fakeStore(() => {
      if (conflicts-- > 0) throw awsError("ConditionalRequestConflict", 409);
    });
    await store.put("a", bytes);
    conflicts = 3;
    await expect(store.put("a", bytes)).rejects.toMatchObject({
      code: "E_BLOB_UNAVAILABLE",
      details: { operation: "put", key: "a", code: "ConditionalRequestConflict" },
    });
  });
});

it("what is never answered is given up", async () => {
  const { store } = fakeStore(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  );
  const late = { code: "E_BLOB_UNAVAILABLE", details: { code: "TimeoutError" } };
  await expect(store.put("a", bytes)).rejects.toMatchObject(late);
  await expect(store.list("")).rejects.toMatchObject(late);
});

it("an answer that stops in the middle is given up", async () => {
  const { store } = fakeStore(() => ({
    Body: { transformToByteArray: () => new Promise(() => {}) },
  }));
  await expect(store.get("a")).rejects.toMatchObject({ details: { code: "TimeoutError" } });
});

it.each([
  [{ bucket: "" }, "bucket"],
  [{ bucket: "b", endpoint: "r2" }, "endpoint"],
  [{ bucket: "b", requestTimeoutMs: 0 }, "requestTimeoutMs"],
  [{ bucket: "b", folder: "x" } as S3BlobStoreOptions, "folder"],
])("refuses %j and names the option", (options, option) => {
  expect(() => createS3BlobStore(options)).toThrow(
    expect.objectContaining({
      code: "E_ARGUMENT_INVALID",
      message: expect.stringContaining(`"${option}"`),
    }),
  );
});

describeOn("a bucket of the emulator", await sqs(), (server) => {
  it("that is gone fails every call, and never reads as a missing blob", async () => {
    const { open, remove } = await newBucket(server);
    const store = open();
    await store.put("a", bytes);
    await remove();
    const gone = { code: "E_BLOB_UNAVAILABLE", details: { code: "NoSuchBucket" } };
    await expect(open().get("a")).rejects.toMatchObject(gone);
    await expect(open().has("a")).rejects.toMatchObject(gone);
  });

  it("is shared by prefixes, and by objects of others", async () => {
    const { bucket, client, open } = await newBucket(server);
    const [one, other] = ["one/", "other/"].map((prefix) =>
      createS3BlobStore({ bucket, client, prefix }),
    );
    await one?.put("a", bytes);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: "one/README.md", Body: "x" }));
    expect((await one?.list(""))?.map(({ key }) => key)).toEqual(["a"]);
    expect(await other?.list("")).toEqual([]);
    expect(await other?.has("a")).toBe(false);
    expect(await open().list("")).toEqual([]);
    await one?.delete("a");
  });

  it("does what the README prints", async () => {
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    const readme = await readFile(`${cwd}README.md`, "utf8");
    const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    const [, printed = ""] = /```text\n(.*?)```/s.exec(readme) ?? [];
    const flags = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
    const bucket = await freshBucket(server);
    const access = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "x" };
    const env = { ...process.env, ...access, BUCKET: bucket.name, ENDPOINT: server.url };
    const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd, env });
    expect(stdout).toBe(printed);
    expect(printed).not.toBe("");
  });
});
