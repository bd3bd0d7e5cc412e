import type { Migration } from "./migration.ts";

/** Made by embed-migrations.ts from prisma/sqlite/migrations: edit those files. */
export const SQLITE_MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: "first",
    minCompatible: 1,
    checksum: "883bbccb8b225adfe6fb1ac978294a4b78e0295dd694716582862681983529d0",
    sql: `-- Tables of Pawl for SQLite and D1.
-- minCompatible: 1
-- Names in double quotes are tables and indexes: the runner puts the table prefix before them.
-- Times are milliseconds since 1970-01-01T00:00:00Z. BIGINT and BOOLEAN are stored as integers.

CREATE TABLE "meta" (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE "migrations" (
  number INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at BIGINT NOT NULL,
  duration_ms INTEGER NOT NULL
);

CREATE TABLE "attempts" (
  run_id TEXT NOT NULL, stage_id TEXT NOT NULL, map_index INTEGER NOT NULL,
  generation INTEGER NOT NULL, step TEXT NOT NULL, occurrence INTEGER NOT NULL,
  stage_attempt INTEGER NOT NULL, attempt INTEGER NOT NULL, fence INTEGER NOT NULL,
  outcome TEXT NOT NULL, failure TEXT, progress TEXT, session TEXT, counted BOOLEAN NOT NULL,
  started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, commit_id TEXT NOT NULL,
  ok INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (
    run_id, stage_id, map_index, generation, step, occurrence, stage_attempt, attempt, fence
  ),
  CONSTRAINT outcome_known CHECK (outcome IN ('failed', 'timedOut', 'lost')),
  CONSTRAINT guarded CHECK (ok = 1)
);

CREATE TABLE "events" (
  run_id TEXT NOT NULL, rev INTEGER NOT NULL, type TEXT NOT NULL, at BIGINT NOT NULL,
  stage_id TEXT, map_index INTEGER, generation INTEGER, data TEXT NOT NULL, actor TEXT,
  commit_id TEXT NOT NULL, ok INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (run_id, rev),
  CONSTRAINT guarded CHECK (ok = 1)
);

CREATE TABLE "runs" (
  id TEXT NOT NULL, namespace TEXT NOT NULL, workflow_id TEXT NOT NULL,
  workflow_version TEXT NOT NULL, definition TEXT NOT NULL, options_hash TEXT NOT NULL,
  status TEXT NOT NULL, rev INTEGER NOT NULL, inbox INTEGER NOT NULL,
  sinks_pending INTEGER NOT NULL, reopen_count INTEGER NOT NULL, outcome TEXT,
  seed TEXT NOT NULL, priority INTEGER NOT NULL, queue TEXT NOT NULL, input TEXT NOT NULL,
  config TEXT, output TEXT, failure TEXT, labels TEXT NOT NULL, actor TEXT, reason TEXT,
  idempotency_key TEXT, parent_run_id TEXT, parent_stage_id TEXT, parent_map_index INTEGER,
  parent_generation INTEGER, parent_wait TEXT, close_policy TEXT, depth INTEGER NOT NULL,
  schedule_id TEXT, schedule_slot BIGINT, forked_from_run_id TEXT, forked_from_rev INTEGER,
  start_at BIGINT, start_deadline BIGINT, deadline BIGINT, created_at BIGINT NOT NULL,
  started_at BIGINT, ended_at BIGINT, sink_rev INTEGER,
  PRIMARY KEY (id),
  CONSTRAINT status_known CHECK (
    status IN ('pending', 'running', 'paused', 'closing', 'completed', 'failed', 'cancelled')
  ),
  CONSTRAINT outcome_known CHECK (outcome IN ('completed', 'failed', 'cancelled'))
);

CREATE TABLE "signals" (
  run_id TEXT NOT NULL, signal_id TEXT NOT NULL, name TEXT NOT NULL, payload TEXT NOT NULL,
  arrival INTEGER NOT NULL, sent_at BIGINT NOT NULL, actor TEXT, consumed_by TEXT,
  PRIMARY KEY (run_id, signal_id)
);

CREATE TABLE "stages" (
  run_id TEXT NOT NULL, stage_id TEXT NOT NULL, map_index INTEGER NOT NULL,
  generation INTEGER NOT NULL, namespace TEXT NOT NULL, definition TEXT NOT NULL,
  kind TEXT NOT NULL, status TEXT NOT NULL, held BOOLEAN NOT NULL, hold_reason TEXT,
  suspect BOOLEAN NOT NULL, superseded BOOLEAN NOT NULL, fence INTEGER NOT NULL,
  attempt INTEGER NOT NULL, attempts_forgiven INTEGER NOT NULL, losses INTEGER NOT NULL,
  losses_counted INTEGER NOT NULL, loss_seq INTEGER NOT NULL, parent_stage_id TEXT,
  queue TEXT NOT NULL, priority INTEGER NOT NULL, claim_rank BIGINT NOT NULL,
  available_at BIGINT NOT NULL, wake_at BIGINT, start_deadline BIGINT,
  join_pending INTEGER NOT NULL, reads TEXT NOT NULL, slot_key TEXT, session TEXT,
  session_epoch INTEGER, input TEXT, output TEXT, failure TEXT, progress TEXT, skip_reason TEXT,
  nondurable BOOLEAN NOT NULL, dispatched_at BIGINT, created_at BIGINT NOT NULL,
  started_at BIGINT, ended_at BIGINT,
  PRIMARY KEY (run_id, stage_id, map_index, generation),
  CONSTRAINT status_known CHECK (
    status IN (
      'blocked', 'ready', 'running', 'suspended', 'completed', 'failed', 'skipped', 'cancelled'
    )
  )
);

CREATE TABLE "steps" (
  run_id TEXT NOT NULL, stage_id TEXT NOT NULL, map_index INTEGER NOT NULL,
  generation INTEGER NOT NULL, key TEXT NOT NULL, occurrence INTEGER NOT NULL,
  kind TEXT NOT NULL, status TEXT NOT NULL, seq INTEGER NOT NULL, output TEXT, failure TEXT,
  attempts INTEGER NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,
  fence INTEGER NOT NULL, commit_id TEXT NOT NULL, ok INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (run_id, stage_id, map_index, generation, key, occurrence),
  CONSTRAINT status_known CHECK (status IN ('marker', 'completed', 'failed')),
  CONSTRAINT guarded CHECK (ok = 1)
);

CREATE TABLE "waits" (
  run_id TEXT NOT NULL, stage_id TEXT NOT NULL, map_index INTEGER NOT NULL,
  generation INTEGER NOT NULL, key TEXT NOT NULL, occurrence INTEGER NOT NULL,
  kind TEXT NOT NULL, name TEXT NOT NULL, due_at BIGINT, opened_at BIGINT NOT NULL,
  outcome TEXT, value TEXT, failure TEXT, resolved_at BIGINT, seq INTEGER,
  PRIMARY KEY (run_id, stage_id, map_index, generation, key, occurrence),
  CONSTRAINT outcome_known CHECK (
    outcome IN ('fired', 'received', 'timedOut', 'failed', 'closed')
  )
);

CREATE TABLE "annotations" (
  run_id TEXT NOT NULL, kind TEXT NOT NULL, stage_id TEXT NOT NULL, name TEXT NOT NULL,
  value TEXT NOT NULL, actor TEXT NOT NULL, attempt INTEGER NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (run_id, kind, stage_id, name)
);

CREATE TABLE "audit" (
  id TEXT NOT NULL, namespace TEXT NOT NULL, run_id TEXT, verb TEXT NOT NULL,
  actor TEXT NOT NULL, reason TEXT, data TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE "blob_refs" (
  run_id TEXT NOT NULL, hash TEXT NOT NULL, owner TEXT NOT NULL, size INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, hash, owner)
);

CREATE TABLE "blob_tombstones" (
  hash TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (hash),
  CONSTRAINT state_known CHECK (state IN ('condemned', 'deleting'))
);

CREATE TABLE "commits" (
  commit_id TEXT NOT NULL, at BIGINT NOT NULL, ok INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (commit_id),
  CONSTRAINT guarded CHECK (ok = 1)
) WITHOUT ROWID;

CREATE TABLE "dead_letters" (
  id TEXT NOT NULL, namespace TEXT NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL,
  run_id TEXT, stage_id TEXT, map_index INTEGER, generation INTEGER, rev INTEGER,
  reason TEXT NOT NULL, failure TEXT, body TEXT, created_at BIGINT NOT NULL, resolved_at BIGINT,
  resolution TEXT, actor TEXT,
  PRIMARY KEY (id)
);

CREATE TABLE "definitions" (
  namespace TEXT NOT NULL, key TEXT NOT NULL, workflow_id TEXT NOT NULL,
  workflow_version TEXT NOT NULL, graph TEXT NOT NULL, registered_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, key)
);

CREATE TABLE "dispatch" (
  run_id TEXT NOT NULL, stage_id TEXT NOT NULL, map_index INTEGER NOT NULL,
  generation INTEGER NOT NULL, namespace TEXT NOT NULL, workflow_id TEXT NOT NULL,
  attempt INTEGER NOT NULL, queue TEXT NOT NULL, priority INTEGER NOT NULL,
  not_before BIGINT NOT NULL, tries INTEGER NOT NULL, visible_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, stage_id, map_index, generation)
);

CREATE TABLE "idempotency" (
  namespace TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
  run_id TEXT, input_hash TEXT NOT NULL, status TEXT NOT NULL, result TEXT, owner TEXT,
  expires_at BIGINT, created_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, scope, key),
  CONSTRAINT status_known CHECK (status IN ('claimed', 'stored'))
);

CREATE TABLE "intents" (
  id TEXT NOT NULL, namespace TEXT NOT NULL, run_id TEXT NOT NULL, command TEXT NOT NULL,
  data TEXT NOT NULL, tries INTEGER NOT NULL, visible_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE "logs" (
  run_id TEXT NOT NULL, id TEXT NOT NULL, stage_id TEXT NOT NULL, map_index INTEGER NOT NULL,
  generation INTEGER NOT NULL, attempt INTEGER NOT NULL, level TEXT NOT NULL,
  message TEXT NOT NULL, data TEXT, at BIGINT NOT NULL,
  PRIMARY KEY (run_id, id)
);

CREATE TABLE "schedule_fires" (
  namespace TEXT NOT NULL, schedule_id TEXT NOT NULL, slot BIGINT NOT NULL, run_id TEXT,
  outcome TEXT NOT NULL, fired_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, schedule_id, slot),
  CONSTRAINT outcome_known CHECK (outcome IN ('started', 'skipped', 'buffered'))
);

CREATE TABLE "schedules" (
  namespace TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
  workflow_id TEXT NOT NULL, workflow_version TEXT, kind TEXT NOT NULL,
  expression TEXT NOT NULL, time_zone TEXT NOT NULL, overlap TEXT NOT NULL,
  catch_up TEXT NOT NULL, input TEXT NOT NULL, options TEXT NOT NULL, last_slot BIGINT,
  next_fire_at BIGINT, actor TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, id),
  CONSTRAINT status_known CHECK (status IN ('active', 'paused'))
);

CREATE TABLE "slots" (
  namespace TEXT NOT NULL, slot_key TEXT NOT NULL, holder TEXT NOT NULL, run_id TEXT NOT NULL,
  version INTEGER NOT NULL, granted_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, slot_key, holder)
);

CREATE TABLE "workers" (
  id TEXT NOT NULL, namespace TEXT NOT NULL, worker_id TEXT NOT NULL, epoch INTEGER NOT NULL,
  version INTEGER NOT NULL, status TEXT NOT NULL, expires_at BIGINT NOT NULL,
  host TEXT NOT NULL, pid INTEGER NOT NULL, build TEXT NOT NULL, queues TEXT NOT NULL,
  definitions TEXT NOT NULL, labels TEXT NOT NULL, load INTEGER NOT NULL,
  started_at BIGINT NOT NULL, beat_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT status_known CHECK (status IN ('active', 'draining', 'gone'))
);

-- Lists.
CREATE INDEX "runs_listing" ON "runs" (namespace, created_at, id);
CREATE INDEX "runs_parent" ON "runs" (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX "runs_schedule" ON "runs" (namespace, schedule_id, created_at)
  WHERE schedule_id IS NOT NULL;
CREATE INDEX "runs_ended" ON "runs" (namespace, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX "signals_buffered" ON "signals" (run_id, arrival) WHERE consumed_by IS NULL;
CREATE INDEX "waits_open" ON "waits" (run_id, stage_id, map_index, generation)
  WHERE outcome IS NULL;
CREATE INDEX "blob_refs_hash" ON "blob_refs" (hash);
CREATE INDEX "schedules_due" ON "schedules" (namespace, next_fire_at)
  WHERE next_fire_at IS NOT NULL;
CREATE INDEX "idempotency_run" ON "idempotency" (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX "slots_run" ON "slots" (run_id);
CREATE INDEX "dead_letters_listing" ON "dead_letters" (namespace, created_at);
CREATE INDEX "dead_letters_run" ON "dead_letters" (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX "audit_listing" ON "audit" (namespace, at);
CREATE INDEX "audit_run" ON "audit" (run_id) WHERE run_id IS NOT NULL;

-- One number per settled operation of a stage generation.
CREATE UNIQUE INDEX "steps_seq" ON "steps" (run_id, stage_id, map_index, generation, seq);
CREATE UNIQUE INDEX "waits_seq" ON "waits" (run_id, stage_id, map_index, generation, seq);

-- Claims.
CREATE INDEX "stages_claim" ON "stages"
  (namespace, queue, definition, claim_rank, run_id, stage_id, map_index)
  WHERE status = 'ready' AND held = 0;
CREATE INDEX "stages_due" ON "stages" (namespace, queue, definition, wake_at)
  WHERE status = 'suspended' AND held = 0 AND wake_at IS NOT NULL;
CREATE INDEX "stages_suspects" ON "stages" (namespace, claim_rank, run_id, stage_id, map_index)
  WHERE suspect = 1 AND held = 0;
CREATE INDEX "stages_slots" ON "stages" (namespace, slot_key, claim_rank)
  WHERE slot_key IS NOT NULL;
CREATE INDEX "stages_session" ON "stages" (session, session_epoch) WHERE status = 'running';

-- Taking.
CREATE INDEX "intents_taking" ON "intents" (namespace, created_at, id);
CREATE INDEX "intents_run" ON "intents" (run_id);
CREATE INDEX "dispatch_taking" ON "dispatch"
  (namespace, created_at, run_id, stage_id, map_index, generation);

-- Sweeps, one index for each kind.
CREATE INDEX "runs_start_due" ON "runs" (namespace, start_at)
  WHERE status = 'pending' AND start_at IS NOT NULL;
CREATE INDEX "runs_deadline" ON "runs" (namespace, deadline)
  WHERE deadline IS NOT NULL AND status IN ('pending', 'running', 'paused', 'closing');
CREATE INDEX "runs_start_deadline" ON "runs" (namespace, start_deadline)
  WHERE start_deadline IS NOT NULL AND started_at IS NULL AND status IN ('pending', 'running');
CREATE INDEX "runs_undelivered" ON "runs" (namespace, created_at) WHERE sink_rev < rev;
CREATE INDEX "runs_live" ON "runs" (namespace, created_at)
  WHERE status IN ('running', 'closing');
CREATE INDEX "stages_wake" ON "stages" (namespace, wake_at)
  WHERE status = 'suspended' AND held = 0 AND wake_at IS NOT NULL;
CREATE INDEX "stages_start_deadline" ON "stages" (namespace, start_deadline)
  WHERE start_deadline IS NOT NULL AND started_at IS NULL AND status IN ('ready', 'blocked');
CREATE INDEX "stages_joins" ON "stages" (namespace, created_at)
  WHERE status = 'blocked' AND join_pending <= 0 AND slot_key IS NULL;
CREATE INDEX "stages_undispatched" ON "stages"
  (namespace, coalesce(dispatched_at, 0), available_at)
  WHERE status = 'ready' AND held = 0;
CREATE INDEX "workers_expiry" ON "workers" (namespace, expires_at) WHERE status <> 'gone';
CREATE INDEX "commits_at" ON "commits" (at);
CREATE INDEX "blob_tombstones_at" ON "blob_tombstones" (at);
`,
  },
  {
    number: 2,
    name: "death_notice",
    minCompatible: 1,
    checksum: "a2360e5af65135ab772f8419c9de46e8b6a8072ee9d3bd58f0bd27a067b91f70",
    sql: `-- Sessions say which lock tells that their process is dead.
-- minCompatible: 1

ALTER TABLE "workers" ADD COLUMN lock_name TEXT;
`,
  },
];
