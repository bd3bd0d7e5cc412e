import type { Migration } from "./migration.ts";

/** Made by embed-migrations.ts from prisma/postgresql/migrations: edit those files. */
export const POSTGRES_MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: "first",
    minCompatible: 1,
    checksum: "44d76cd6677279a0a6b5507a57bd8e342cb64585eb24d20d1981635542d62258",
    sql: `-- Tables of Pawl for PostgreSQL 14 and later.
-- minCompatible: 1
-- Names in double quotes are tables and indexes: the runner puts the table prefix before them.
-- Times are milliseconds since 1970-01-01T00:00:00Z. Names and ids compare by their bytes, in every
-- database alike. Payloads and JSON are TEXT: jsonb takes no NUL and changes what it is given.

CREATE TABLE "meta" (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE "migrations" (
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL
);

CREATE TABLE "attempts" (
  run_id TEXT COLLATE "C" NOT NULL, stage_id TEXT COLLATE "C" NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, step TEXT COLLATE "C" NOT NULL, occurrence BIGINT NOT NULL,
  stage_attempt BIGINT NOT NULL, attempt BIGINT NOT NULL, fence BIGINT NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL, failure TEXT, progress TEXT, session TEXT COLLATE "C",
  counted BOOLEAN NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,
  commit_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (
    run_id, stage_id, map_index, generation, step, occurrence, stage_attempt, attempt, fence
  ),
  CONSTRAINT outcome_known CHECK (outcome IN ('failed', 'timedOut', 'lost'))
);

CREATE TABLE "events" (
  run_id TEXT COLLATE "C" NOT NULL, rev BIGINT NOT NULL, type TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL, stage_id TEXT COLLATE "C", map_index BIGINT, generation BIGINT,
  data TEXT NOT NULL, actor TEXT COLLATE "C", commit_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (run_id, rev)
);

CREATE TABLE "runs" (
  id TEXT COLLATE "C" NOT NULL, namespace TEXT COLLATE "C" NOT NULL,
  workflow_id TEXT COLLATE "C" NOT NULL, workflow_version TEXT COLLATE "C" NOT NULL,
  definition TEXT COLLATE "C" NOT NULL, options_hash TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL, rev BIGINT NOT NULL, inbox BIGINT NOT NULL,
  sinks_pending BIGINT NOT NULL, reopen_count BIGINT NOT NULL, outcome TEXT COLLATE "C",
  seed TEXT COLLATE "C" NOT NULL, priority BIGINT NOT NULL, queue TEXT COLLATE "C" NOT NULL,
  input TEXT NOT NULL, config TEXT, output TEXT, failure TEXT, labels TEXT NOT NULL,
  actor TEXT COLLATE "C", reason TEXT COLLATE "C", idempotency_key TEXT COLLATE "C",
  parent_run_id TEXT COLLATE "C", parent_stage_id TEXT COLLATE "C", parent_map_index BIGINT,
  parent_generation BIGINT, parent_wait TEXT COLLATE "C", close_policy TEXT COLLATE "C",
  depth BIGINT NOT NULL, schedule_id TEXT COLLATE "C", schedule_slot BIGINT,
  forked_from_run_id TEXT COLLATE "C", forked_from_rev BIGINT, start_at BIGINT,
  start_deadline BIGINT, deadline BIGINT, created_at BIGINT NOT NULL, started_at BIGINT,
  ended_at BIGINT, sink_rev BIGINT,
  PRIMARY KEY (id),
  CONSTRAINT status_known CHECK (
    status IN ('pending', 'running', 'paused', 'closing', 'completed', 'failed', 'cancelled')
  ),
  CONSTRAINT outcome_known CHECK (outcome IN ('completed', 'failed', 'cancelled'))
) WITH (fillfactor = 85);

CREATE TABLE "signals" (
  run_id TEXT COLLATE "C" NOT NULL, signal_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL, payload TEXT NOT NULL, arrival BIGINT NOT NULL,
  sent_at BIGINT NOT NULL, actor TEXT COLLATE "C", consumed_by TEXT COLLATE "C",
  PRIMARY KEY (run_id, signal_id)
);

CREATE TABLE "stages" (
  run_id TEXT COLLATE "C" NOT NULL, stage_id TEXT COLLATE "C" NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, namespace TEXT COLLATE "C" NOT NULL,
  definition TEXT COLLATE "C" NOT NULL, kind TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL, held BOOLEAN NOT NULL, hold_reason TEXT COLLATE "C",
  suspect BOOLEAN NOT NULL, superseded BOOLEAN NOT NULL, fence BIGINT NOT NULL,
  attempt BIGINT NOT NULL, attempts_forgiven BIGINT NOT NULL, losses BIGINT NOT NULL,
  losses_counted BIGINT NOT NULL, loss_seq BIGINT NOT NULL, parent_stage_id TEXT COLLATE "C",
  queue TEXT COLLATE "C" NOT NULL, priority BIGINT NOT NULL, claim_rank BIGINT NOT NULL,
  available_at BIGINT NOT NULL, wake_at BIGINT, start_deadline BIGINT,
  join_pending BIGINT NOT NULL, reads TEXT NOT NULL, slot_key TEXT COLLATE "C",
  session TEXT COLLATE "C", session_epoch BIGINT, input TEXT, output TEXT, failure TEXT,
  progress TEXT, skip_reason TEXT COLLATE "C", nondurable BOOLEAN NOT NULL, dispatched_at BIGINT,
  created_at BIGINT NOT NULL, started_at BIGINT, ended_at BIGINT,
  PRIMARY KEY (run_id, stage_id, map_index, generation),
  CONSTRAINT status_known CHECK (
    status IN (
      'blocked', 'ready', 'running', 'suspended', 'completed', 'failed', 'skipped', 'cancelled'
    )
  )
) WITH (fillfactor = 85);

CREATE TABLE "steps" (
  run_id TEXT COLLATE "C" NOT NULL, stage_id TEXT COLLATE "C" NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, key TEXT COLLATE "C" NOT NULL, occurrence BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL, status TEXT COLLATE "C" NOT NULL, seq BIGINT NOT NULL,
  output TEXT, failure TEXT, attempts BIGINT NOT NULL, started_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL, fence BIGINT NOT NULL, commit_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (run_id, stage_id, map_index, generation, key, occurrence),
  CONSTRAINT status_known CHECK (status IN ('marker', 'completed', 'failed'))
);

CREATE TABLE "waits" (
  run_id TEXT COLLATE "C" NOT NULL, stage_id TEXT COLLATE "C" NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, key TEXT COLLATE "C" NOT NULL, occurrence BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, due_at BIGINT,
  opened_at BIGINT NOT NULL, outcome TEXT COLLATE "C", value TEXT, failure TEXT,
  resolved_at BIGINT, seq BIGINT,
  PRIMARY KEY (run_id, stage_id, map_index, generation, key, occurrence),
  CONSTRAINT outcome_known CHECK (
    outcome IN ('fired', 'received', 'timedOut', 'failed', 'closed')
  )
);

CREATE TABLE "annotations" (
  run_id TEXT COLLATE "C" NOT NULL, kind TEXT COLLATE "C" NOT NULL,
  stage_id TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, value TEXT NOT NULL,
  actor TEXT COLLATE "C" NOT NULL, attempt BIGINT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (run_id, kind, stage_id, name)
);

CREATE TABLE "audit" (
  id TEXT COLLATE "C" NOT NULL, namespace TEXT COLLATE "C" NOT NULL, run_id TEXT COLLATE "C",
  verb TEXT COLLATE "C" NOT NULL, actor TEXT COLLATE "C" NOT NULL, reason TEXT COLLATE "C",
  data TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE "blob_refs" (
  run_id TEXT COLLATE "C" NOT NULL, hash TEXT COLLATE "C" NOT NULL,
  owner TEXT COLLATE "C" NOT NULL, size BIGINT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, hash, owner)
);

CREATE TABLE "blob_tombstones" (
  hash TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL, state TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (hash),
  CONSTRAINT state_known CHECK (state IN ('condemned', 'deleting'))
);

CREATE TABLE "commits" (
  commit_id TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (commit_id)
);

CREATE TABLE "dead_letters" (
  id TEXT COLLATE "C" NOT NULL, namespace TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL, run_id TEXT COLLATE "C",
  stage_id TEXT COLLATE "C", map_index BIGINT, generation BIGINT, rev BIGINT,
  reason TEXT COLLATE "C" NOT NULL, failure TEXT, body TEXT COLLATE "C",
  created_at BIGINT NOT NULL, resolved_at BIGINT, resolution TEXT COLLATE "C",
  actor TEXT COLLATE "C",
  PRIMARY KEY (id)
);

CREATE TABLE "definitions" (
  namespace TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL,
  workflow_id TEXT COLLATE "C" NOT NULL, workflow_version TEXT COLLATE "C" NOT NULL,
  graph TEXT NOT NULL, registered_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, key)
);

CREATE TABLE "dispatch" (
  run_id TEXT COLLATE "C" NOT NULL, stage_id TEXT COLLATE "C" NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, namespace TEXT COLLATE "C" NOT NULL,
  workflow_id TEXT COLLATE "C" NOT NULL, attempt BIGINT NOT NULL, queue TEXT COLLATE "C" NOT NULL,
  priority BIGINT NOT NULL, not_before BIGINT NOT NULL, tries BIGINT NOT NULL,
  visible_at BIGINT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, stage_id, map_index, generation)
);

CREATE TABLE "idempotency" (
  namespace TEXT COLLATE "C" NOT NULL, scope TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL, run_id TEXT COLLATE "C",
  input_hash TEXT COLLATE "C" NOT NULL, status TEXT COLLATE "C" NOT NULL, result TEXT,
  owner TEXT COLLATE "C", expires_at BIGINT, created_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, scope, key),
  CONSTRAINT status_known CHECK (status IN ('claimed', 'stored'))
);

CREATE TABLE "intents" (
  id TEXT COLLATE "C" NOT NULL, namespace TEXT COLLATE "C" NOT NULL,
  run_id TEXT COLLATE "C" NOT NULL, command TEXT COLLATE "C" NOT NULL, data TEXT NOT NULL,
  tries BIGINT NOT NULL, visible_at BIGINT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE "logs" (
  run_id TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL,
  stage_id TEXT COLLATE "C" NOT NULL, map_index BIGINT NOT NULL, generation BIGINT NOT NULL,
  attempt BIGINT NOT NULL, level TEXT COLLATE "C" NOT NULL, message TEXT COLLATE "C" NOT NULL,
  data TEXT, at BIGINT NOT NULL,
  PRIMARY KEY (run_id, id)
);

CREATE TABLE "schedule_fires" (
  namespace TEXT COLLATE "C" NOT NULL, schedule_id TEXT COLLATE "C" NOT NULL, slot BIGINT NOT NULL,
  run_id TEXT COLLATE "C", outcome TEXT COLLATE "C" NOT NULL, fired_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, schedule_id, slot),
  CONSTRAINT outcome_known CHECK (outcome IN ('started', 'skipped', 'buffered'))
);

CREATE TABLE "schedules" (
  namespace TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL,
  status TEXT COLLATE "C" NOT NULL, workflow_id TEXT COLLATE "C" NOT NULL,
  workflow_version TEXT COLLATE "C", kind TEXT COLLATE "C" NOT NULL,
  expression TEXT COLLATE "C" NOT NULL, time_zone TEXT COLLATE "C" NOT NULL,
  overlap TEXT COLLATE "C" NOT NULL, catch_up TEXT COLLATE "C" NOT NULL, input TEXT NOT NULL,
  options TEXT NOT NULL, last_slot BIGINT, next_fire_at BIGINT, actor TEXT COLLATE "C",
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, id),
  CONSTRAINT status_known CHECK (status IN ('active', 'paused'))
);

CREATE TABLE "slots" (
  namespace TEXT COLLATE "C" NOT NULL, slot_key TEXT COLLATE "C" NOT NULL,
  holder TEXT COLLATE "C" NOT NULL, run_id TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, slot_key, holder)
);

CREATE TABLE "workers" (
  id TEXT COLLATE "C" NOT NULL, namespace TEXT COLLATE "C" NOT NULL,
  worker_id TEXT COLLATE "C" NOT NULL, epoch BIGINT NOT NULL, version BIGINT NOT NULL,
  status TEXT COLLATE "C" NOT NULL, expires_at BIGINT NOT NULL, host TEXT COLLATE "C" NOT NULL,
  pid BIGINT NOT NULL, build TEXT COLLATE "C" NOT NULL, queues TEXT NOT NULL,
  definitions TEXT NOT NULL, labels TEXT NOT NULL, load BIGINT NOT NULL,
  started_at BIGINT NOT NULL, beat_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT status_known CHECK (status IN ('active', 'draining', 'gone'))
) WITH (fillfactor = 85);

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
  WHERE status = 'ready' AND held = false;
CREATE INDEX "stages_due" ON "stages" (namespace, queue, definition, wake_at)
  WHERE status = 'suspended' AND held = false AND wake_at IS NOT NULL;
CREATE INDEX "stages_suspects" ON "stages" (namespace, claim_rank, run_id, stage_id, map_index)
  WHERE suspect = true AND held = false;
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
  WHERE status = 'suspended' AND held = false AND wake_at IS NOT NULL;
CREATE INDEX "stages_start_deadline" ON "stages" (namespace, start_deadline)
  WHERE start_deadline IS NOT NULL AND started_at IS NULL AND status IN ('ready', 'blocked');
CREATE INDEX "stages_joins" ON "stages" (namespace, created_at)
  WHERE status = 'blocked' AND join_pending <= 0 AND slot_key IS NULL;
CREATE INDEX "stages_undispatched" ON "stages"
  (namespace, coalesce(dispatched_at, 0), available_at)
  WHERE status = 'ready' AND held = false;
CREATE INDEX "workers_expiry" ON "workers" (namespace, expires_at) WHERE status <> 'gone';
CREATE INDEX "commits_at" ON "commits" (at);
CREATE INDEX "blob_tombstones_at" ON "blob_tombstones" (at);
`,
  },
  {
    number: 2,
    name: "death_notice",
    minCompatible: 1,
    checksum: "326f76c048afc776532625d0907d43aa587cb1d8792737d9a82be1e3f5d28453",
    sql: `-- Sessions say which lock tells that their process is dead.
-- minCompatible: 1

ALTER TABLE "workers" ADD COLUMN lock_name TEXT COLLATE "C";
`,
  },
];
