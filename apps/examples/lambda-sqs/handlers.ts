import { createS3BlobStore } from "@pawl/blob-s3";
import {
  createConsoleLogger,
  createIdSource,
  createNodeRuntime,
  systemClock,
} from "@pawl/host-node";
import { createServerlessHost, type ServerlessHost } from "@pawl/host-serverless";
import {
  createHttpHandler,
  createScheduledHandler,
  createSqsHandler,
} from "@pawl/host-serverless/lambda";
import { createKernel, createRegistry } from "@pawl/kernel";
import { createPostgresPersistence } from "@pawl/persistence-sql";
import { createSqsTransport } from "@pawl/transport-sqs";
import { order } from "../shared/order.ts";

/** What the database can spare for each copy of a function. */
const CONNECTIONS_MAX = 3;

/** Called by the first invocation of a process, and again by a later one if it failed. */
async function host(): Promise<ServerlessHost> {
  const { PAWL_DATABASE_URL = "", QUEUE_URL = "", BLOB_BUCKET = "", BLOB_ENDPOINT } = process.env;
  const shared = {
    jobTransport: createSqsTransport({ queueUrl: QUEUE_URL }),
    clock: systemClock,
    runtime: createNodeRuntime(),
    logger: createConsoleLogger({ level: "warn" }),
  };
  const kernel = createKernel({
    ...shared,
    persistence: await createPostgresPersistence({
      url: PAWL_DATABASE_URL,
      poolMax: CONNECTIONS_MAX,
      notify: false,
    }),
    blobStore: createS3BlobStore({
      bucket: BLOB_BUCKET,
      ...(BLOB_ENDPOINT ? { endpoint: BLOB_ENDPOINT } : {}),
    }),
    registry: createRegistry([order]),
    ids: createIdSource(),
  });
  const workerId = process.env.AWS_LAMBDA_FUNCTION_NAME ?? "function";
  return createServerlessHost({ ...shared, kernel, workerId });
}

export const onMessages = createSqsHandler({ host });
export const onSchedule = createScheduledHandler({ host });
export const onRequest = createHttpHandler({ host });
