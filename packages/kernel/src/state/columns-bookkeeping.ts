import type { TableSpec } from "./tables.ts";

/** Columns of the tables that stand beside runs and stages, in table order. */
export const commits: TableSpec<"commits"> = {
  key: ["commitId"],
  columns: { commitId: "text", at: "time" },
};

export const intents: TableSpec<"intents"> = {
  key: ["id"],
  columns: {
    id: "text",
    namespace: "text",
    runId: "text",
    command: "text",
    data: "json",
    tries: "int",
    visibleAt: "time",
    createdAt: "time",
  },
};

export const dispatch: TableSpec<"dispatch"> = {
  key: ["runId", "stageId", "mapIndex", "generation"],
  columns: {
    runId: "text",
    stageId: "text",
    mapIndex: "int",
    generation: "int",
    namespace: "text",
    workflowId: "text",
    attempt: "int",
    queue: "text",
    priority: "int",
    notBefore: "time",
    tries: "int",
    visibleAt: "time",
    createdAt: "time",
  },
};

export const blobRefs: TableSpec<"blobRefs"> = {
  key: ["runId", "hash", "owner"],
  columns: { runId: "text", hash: "text", owner: "text", size: "int", createdAt: "time" },
};

export const blobTombstones: TableSpec<"blobTombstones"> = {
  key: ["hash"],
  columns: { hash: "text", version: "int", state: "text", at: "time" },
};

export const schedules: TableSpec<"schedules"> = {
  key: ["namespace", "id"],
  columns: {
    namespace: "text",
    id: "text",
    version: "int",
    status: "text",
    workflowId: "text",
    workflowVersion: "text?",
    kind: "text",
    expression: "text",
    timeZone: "text",
    overlap: "text",
    catchUp: "text",
    input: "payload",
    options: "json",
    lastSlot: "time?",
    nextFireAt: "time?",
    actor: "text?",
    createdAt: "time",
    updatedAt: "time",
  },
};

export const scheduleFires: TableSpec<"scheduleFires"> = {
  key: ["namespace", "scheduleId", "slot"],
  columns: {
    namespace: "text",
    scheduleId: "text",
    slot: "time",
    runId: "text?",
    outcome: "text",
    firedAt: "time",
  },
};

export const idempotency: TableSpec<"idempotency"> = {
  key: ["namespace", "scope", "key"],
  columns: {
    namespace: "text",
    scope: "text",
    key: "text",
    version: "int",
    runId: "text?",
    inputHash: "text",
    status: "text",
    result: "payload?",
    owner: "text?",
    expiresAt: "time?",
    createdAt: "time",
  },
};

export const slots: TableSpec<"slots"> = {
  key: ["namespace", "slotKey", "holder"],
  columns: {
    namespace: "text",
    slotKey: "text",
    holder: "text",
    runId: "text",
    version: "int",
    grantedAt: "time",
  },
};

export const workers: TableSpec<"workers"> = {
  key: ["id"],
  columns: {
    id: "text",
    namespace: "text",
    workerId: "text",
    epoch: "int",
    version: "int",
    status: "text",
    expiresAt: "time",
    host: "text",
    pid: "int",
    build: "text",
    queues: "json",
    definitions: "json",
    labels: "json",
    load: "int",
    startedAt: "time",
    beatAt: "time",
    lockName: "text?",
  },
};

export const deadLetters: TableSpec<"deadLetters"> = {
  key: ["id"],
  columns: {
    id: "text",
    namespace: "text",
    kind: "text",
    version: "int",
    runId: "text?",
    stageId: "text?",
    mapIndex: "int?",
    generation: "int?",
    rev: "int?",
    reason: "text",
    failure: "json?",
    body: "text?",
    createdAt: "time",
    resolvedAt: "time?",
    resolution: "text?",
    actor: "text?",
  },
};

export const audit: TableSpec<"audit"> = {
  key: ["id"],
  columns: {
    id: "text",
    namespace: "text",
    runId: "text?",
    verb: "text",
    actor: "text",
    reason: "text?",
    data: "json",
    at: "time",
  },
};

export const logs: TableSpec<"logs"> = {
  key: ["runId", "id"],
  columns: {
    runId: "text",
    id: "text",
    stageId: "text",
    mapIndex: "int",
    generation: "int",
    attempt: "int",
    level: "text",
    message: "text",
    data: "json?",
    at: "time",
  },
};

export const annotations: TableSpec<"annotations"> = {
  key: ["runId", "kind", "stageId", "name"],
  columns: {
    runId: "text",
    kind: "text",
    stageId: "text",
    name: "text",
    value: "payload",
    actor: "text",
    attempt: "int",
    at: "time",
  },
};

export const definitions: TableSpec<"definitions"> = {
  key: ["namespace", "key"],
  columns: {
    namespace: "text",
    key: "text",
    workflowId: "text",
    workflowVersion: "text",
    graph: "json",
    registeredAt: "time",
  },
};
