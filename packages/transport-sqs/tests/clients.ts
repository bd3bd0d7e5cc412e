import { SQSClient } from "@aws-sdk/client-sqs";
import { SQS_ACCESS } from "@pawl/services";

/** Of an emulator. */
export const newClient = ({ url }: { readonly url: string }): SQSClient =>
  new SQSClient({ ...SQS_ACCESS, endpoint: url });
