import { once } from "node:events";
import { connect } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { createS3BlobStore } from "@pawl/blob-s3";
import type { BlobStore } from "@pawl/kernel/ports";
import { freshBucket, SQS_ACCESS } from "@pawl/services";

export interface Bucket {
  readonly bucket: string;
  readonly client: S3Client;
  /** Opens the bucket as another process would. */
  open(): BlobStore;
  /** Sends half of an object, and is gone. */
  dieInPut(key: string): Promise<void>;
  remove(): Promise<void>;
}

/** A bucket of the emulator, and what may happen to it. */
export async function newBucket(server: { readonly url: string }): Promise<Bucket> {
  const { name: bucket, drop } = await freshBucket(server);
  const client = new S3Client({ ...SQS_ACCESS, endpoint: server.url, forcePathStyle: true });
  const open = (): BlobStore => createS3BlobStore({ bucket, client });
  return {
    bucket,
    client,
    open,
    dieInPut: async (key) => {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      const head = `PUT /${bucket}/${key} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n`;
      const half = `If-None-Match: *\r\nContent-Length: 5000\r\n\r\n${"x".repeat(2_500)}`;
      await new Promise((written) => socket.write(head + half, written));
      await once(socket.destroy(), "close");
    },
    remove: async () => {
      const store = open();
      await Promise.all((await store.list("")).map(({ key }) => store.delete(key)));
      await drop();
      client.destroy();
    },
  };
}
