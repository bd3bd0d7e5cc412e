import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SQS_ACCESS } from "@pawl/services";
import { readTemplate } from "../lambda-sqs/local/template.ts";

const BUCKET = "orders";

/**
 * Makes the queues and the bucket that the template of `lambda-sqs` declares. Answers the variables
 * that its functions have on Lambda, those of Node beside them, and what signs requests.
 */
export async function makeOnEmulator(endpoint: string) {
  const { region, credentials } = SQS_ACCESS;
  const queueUrl = await makeQueues(new SQSClient({ ...SQS_ACCESS, endpoint }), endpoint);
  const s3 = new S3Client({ ...SQS_ACCESS, endpoint, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    QUEUE_URL: queueUrl,
    BLOB_BUCKET: BUCKET,
    BLOB_ENDPOINT: endpoint,
    PAWL_QUEUE_URL: `sqs+${queueUrl}?region=${region}`,
    PAWL_BLOB_URL: `s3://${BUCKET}?region=${region}&endpoint=${endpoint}`,
  };
}

async function makeQueues(client: SQSClient, endpoint: string): Promise<string> {
  const { VisibilityTimeout, RedrivePolicy } = readTemplate().Resources.Jobs.Properties;
  const { maxReceiveCount } = RedrivePolicy;
  const lost = await client.send(new CreateQueueCommand({ QueueName: "lost-jobs" }));
  const asked = { QueueUrl: lost.QueueUrl, AttributeNames: ["QueueArn" as const] };
  const { Attributes } = await client.send(new GetQueueAttributesCommand(asked));
  const deadLetterTargetArn = Attributes?.QueueArn;
  const jobs = await client.send(
    new CreateQueueCommand({
      QueueName: "jobs",
      Attributes: {
        VisibilityTimeout: `${VisibilityTimeout}`,
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
      },
    }),
  );
  // It names a host of its own, which no resolver knows.
  return new URL(new URL(jobs.QueueUrl ?? "").pathname, endpoint).href;
}
