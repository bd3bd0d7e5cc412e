import { SQS_ACCESS } from "@pawl/services";
import type { Engine, Place } from "../engine.ts";
import { openPawl, preparePawl } from "../pawl-on-server.ts";
import { emptyRedis, redisUrlOf } from "./redis-broker.ts";
import { giveCredentials, makeQueue, queueUrlOf } from "./sqs-broker.ts";

interface Over extends Pick<Engine, "name" | "title" | "settings"> {
  /** What `PAWL_QUEUE_URL` says. */
  queueUrl(place: Place): string;
  prepare?(place: Place): Promise<() => Promise<void>>;
}

/** Pawl on one database: nothing differs but where its jobs travel. */
const pawlOver = ({ queueUrl, prepare, ...of }: Over): Engine => ({
  ...of,
  store: "transports",
  package: "pawl",
  operationsMax: 100_000,
  durable: true,
  handsOver: true,
  heir: "another",
  prepare: async (place) => {
    await preparePawl(place);
    return (await prepare?.(place)) ?? (async () => {});
  },
  open: (options) => openPawl(options, queueUrl(options.place)),
});

export const pawlOverSql: Engine = pawlOver({
  name: "pawl-sql",
  title: "Pawl over SQL",
  settings: "`PAWL_QUEUE_URL` unset: the ready stage is the job; 10 connections",
  queueUrl: () => "sql:",
});

export const pawlOverBullmq: Engine = pawlOver({
  name: "pawl-bullmq",
  title: "Pawl over BullMQ",
  settings: "`PAWL_QUEUE_URL=redis://…`; 10 connections to PostgreSQL",
  queueUrl: redisUrlOf,
  prepare: emptyRedis,
});

export const pawlOverSqs: Engine = pawlOver({
  name: "pawl-sqs",
  title: "Pawl over SQS, emulated",
  settings: "`PAWL_QUEUE_URL=sqs+http://…`, a standard queue; 10 connections to PostgreSQL",
  queueUrl: (place) => {
    giveCredentials();
    return `sqs+${queueUrlOf(place)}?region=${SQS_ACCESS.region}`;
  },
  prepare: makeQueue,
});
