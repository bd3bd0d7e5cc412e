import { randomBytes } from "node:crypto";
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { SQS_ACCESS } from "./fresh-queue.ts";

export interface FreshBucket {
  readonly name: string;
  /** Once it is empty. */
  drop(): Promise<void>;
}

/** An empty bucket with a name nobody else has. */
export async function freshBucket(server: { readonly url: string }): Promise<FreshBucket> {
  const client = new S3Client({ ...SQS_ACCESS, endpoint: server.url, forcePathStyle: true });
  const name = `pawl-${randomBytes(8).toString("hex")}`;
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return {
    name,
    drop: async () => {
      await client.send(new DeleteBucketCommand({ Bucket: name }));
      client.destroy();
    },
  };
}
