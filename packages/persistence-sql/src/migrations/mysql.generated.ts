import type { Migration } from "./migration.ts";

/** Made by embed-migrations.ts from prisma/mysql/migrations: edit those files. */
export const MYSQL_MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: "first",
    minCompatible: 1,
    checksum: "986891a90fb6a55949c89a1261d6044105e5ad2941182b3716015675bb90caa7",
    sql: `-- Tables of Pawl for MariaDB 10.6 and later, and MySQL 8.
-- minCompatible: 1
-- Names in double quotes are tables and indexes: the runner puts the table prefix before them.
-- Times are milliseconds since 1970-01-01T00:00:00Z. One statement makes one table with all its
-- indexes, so that what was made half can be told from what was not made at all.
-- Texts compare byte by byte, trailing spaces too: on MySQL the runner puts the collation of that
-- kind there. Keys stay within 3,072 bytes. Indexes that are partial elsewhere begin with the
-- columns of their condition here; columns that are STORED serve an index and nothing else.

CREATE TABLE IF NOT EXISTS "meta" (
  \`key\` VARCHAR(64) NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (\`key\`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "migrations" (
  number BIGINT NOT NULL, name VARCHAR(191) NOT NULL, checksum VARCHAR(191) NOT NULL,
  applied_at BIGINT NOT NULL, duration_ms BIGINT NOT NULL,
  PRIMARY KEY (number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "attempts" (
  run_id VARCHAR(191) NOT NULL, stage_id VARCHAR(191) NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, step VARCHAR(240) NOT NULL, occurrence BIGINT NOT NULL,
  stage_attempt BIGINT NOT NULL, attempt BIGINT NOT NULL, fence BIGINT NOT NULL,
  outcome VARCHAR(16) NOT NULL, failure LONGTEXT, progress LONGTEXT, session VARCHAR(191),
  counted BOOLEAN NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,
  commit_id VARCHAR(191) NOT NULL,
  PRIMARY KEY (
    run_id, stage_id, map_index, generation, step, occurrence, stage_attempt, attempt, fence
  ),
  CHECK (outcome IN ('failed', 'timedOut', 'lost'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "events" (
  run_id VARCHAR(191) NOT NULL, rev BIGINT NOT NULL, type VARCHAR(191) NOT NULL,
  at BIGINT NOT NULL, stage_id VARCHAR(191), map_index BIGINT, generation BIGINT,
  data LONGTEXT NOT NULL, actor TEXT, commit_id VARCHAR(191) NOT NULL,
  PRIMARY KEY (run_id, rev)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "runs" (
  id VARCHAR(191) NOT NULL, namespace VARCHAR(128) NOT NULL, workflow_id VARCHAR(191) NOT NULL,
  workflow_version VARCHAR(191) NOT NULL, definition VARCHAR(480) NOT NULL,
  options_hash VARCHAR(191) NOT NULL, status VARCHAR(16) NOT NULL, rev BIGINT NOT NULL,
  inbox BIGINT NOT NULL, sinks_pending BIGINT NOT NULL, reopen_count BIGINT NOT NULL,
  outcome VARCHAR(16), seed VARCHAR(191) NOT NULL, priority BIGINT NOT NULL,
  queue VARCHAR(128) NOT NULL, input LONGTEXT NOT NULL, config LONGTEXT, output LONGTEXT,
  failure LONGTEXT, labels LONGTEXT NOT NULL, actor TEXT, reason TEXT,
  idempotency_key VARCHAR(440), parent_run_id VARCHAR(191), parent_stage_id VARCHAR(191),
  parent_map_index BIGINT, parent_generation BIGINT, parent_wait VARCHAR(400),
  close_policy VARCHAR(191), depth BIGINT NOT NULL, schedule_id VARCHAR(191), schedule_slot BIGINT,
  forked_from_run_id VARCHAR(191), forked_from_rev BIGINT, start_at BIGINT, start_deadline BIGINT,
  deadline BIGINT, created_at BIGINT NOT NULL, started_at BIGINT, ended_at BIGINT, sink_rev BIGINT,
  undelivered BOOLEAN AS (CASE WHEN sink_rev < rev THEN 1 END) STORED,
  PRIMARY KEY (id),
  CHECK (
    status IN ('pending', 'running', 'paused', 'closing', 'completed', 'failed', 'cancelled')
  ),
  CHECK (outcome IN ('completed', 'failed', 'cancelled')),
  INDEX "runs_listing" (namespace, created_at, id),
  INDEX "runs_parent" (parent_run_id),
  INDEX "runs_schedule" (namespace, schedule_id, created_at),
  INDEX "runs_ended" (namespace, ended_at),
  INDEX "runs_start_due" (namespace, status, start_at),
  INDEX "runs_deadline" (namespace, status, deadline),
  INDEX "runs_start_deadline" (namespace, status, started_at, start_deadline),
  INDEX "runs_undelivered" (namespace, undelivered, created_at),
  INDEX "runs_live" (namespace, status, created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "signals" (
  run_id VARCHAR(191) NOT NULL, signal_id VARCHAR(440) NOT NULL, name VARCHAR(191) NOT NULL,
  payload LONGTEXT NOT NULL, arrival BIGINT NOT NULL, sent_at BIGINT NOT NULL, actor TEXT,
  consumed_by TEXT,
  PRIMARY KEY (run_id, signal_id),
  INDEX "signals_buffered" (run_id, arrival)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "stages" (
  run_id VARCHAR(191) NOT NULL, stage_id VARCHAR(191) NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, namespace VARCHAR(128) NOT NULL, definition VARCHAR(480) NOT NULL,
  kind VARCHAR(191) NOT NULL, status VARCHAR(16) NOT NULL, held BOOLEAN NOT NULL,
  hold_reason VARCHAR(191), suspect BOOLEAN NOT NULL, superseded BOOLEAN NOT NULL,
  fence BIGINT NOT NULL, attempt BIGINT NOT NULL, attempts_forgiven BIGINT NOT NULL,
  losses BIGINT NOT NULL, losses_counted BIGINT NOT NULL, loss_seq BIGINT NOT NULL,
  parent_stage_id VARCHAR(191), queue VARCHAR(128) NOT NULL, priority BIGINT NOT NULL,
  claim_rank BIGINT NOT NULL, available_at BIGINT NOT NULL, wake_at BIGINT, start_deadline BIGINT,
  join_pending BIGINT NOT NULL, \`reads\` LONGTEXT NOT NULL, slot_key VARCHAR(240),
  session VARCHAR(191), session_epoch BIGINT, input LONGTEXT, output LONGTEXT, failure LONGTEXT,
  progress LONGTEXT, skip_reason TEXT, nondurable BOOLEAN NOT NULL, dispatched_at BIGINT,
  created_at BIGINT NOT NULL, started_at BIGINT, ended_at BIGINT,
  dispatched_since BIGINT AS (COALESCE(dispatched_at, 0)) STORED,
  PRIMARY KEY (run_id, stage_id, map_index, generation),
  CHECK (
    status IN (
      'blocked', 'ready', 'running', 'suspended', 'completed', 'failed', 'skipped', 'cancelled'
    )
  ),
  INDEX "stages_claim" (namespace, status, held, suspect, queue, definition, claim_rank),
  INDEX "stages_due" (namespace, status, held, suspect, queue, definition, wake_at),
  INDEX "stages_suspects" (namespace, suspect, held, claim_rank),
  INDEX "stages_slots" (namespace, slot_key, claim_rank),
  INDEX "stages_session" (session, session_epoch, status),
  INDEX "stages_wake" (namespace, status, held, wake_at),
  INDEX "stages_start_deadline" (namespace, status, started_at, start_deadline),
  INDEX "stages_joins" (namespace, status, slot_key, join_pending),
  INDEX "stages_undispatched" (namespace, status, held, dispatched_since, available_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "steps" (
  run_id VARCHAR(191) NOT NULL, stage_id VARCHAR(191) NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, \`key\` VARCHAR(240) NOT NULL, occurrence BIGINT NOT NULL,
  kind VARCHAR(191) NOT NULL, status VARCHAR(16) NOT NULL, seq BIGINT NOT NULL, output LONGTEXT,
  failure LONGTEXT, attempts BIGINT NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,
  fence BIGINT NOT NULL, commit_id VARCHAR(191) NOT NULL,
  PRIMARY KEY (run_id, stage_id, map_index, generation, \`key\`, occurrence),
  CHECK (status IN ('marker', 'completed', 'failed')),
  UNIQUE INDEX "steps_seq" (run_id, stage_id, map_index, generation, seq)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "waits" (
  run_id VARCHAR(191) NOT NULL, stage_id VARCHAR(191) NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, \`key\` VARCHAR(240) NOT NULL, occurrence BIGINT NOT NULL,
  kind VARCHAR(191) NOT NULL, name VARCHAR(400) NOT NULL, due_at BIGINT, opened_at BIGINT NOT NULL,
  outcome VARCHAR(16), value LONGTEXT, failure LONGTEXT, resolved_at BIGINT, seq BIGINT,
  PRIMARY KEY (run_id, stage_id, map_index, generation, \`key\`, occurrence),
  CHECK (outcome IN ('fired', 'received', 'timedOut', 'failed', 'closed')),
  UNIQUE INDEX "waits_seq" (run_id, stage_id, map_index, generation, seq),
  INDEX "waits_open" (run_id, outcome, stage_id, map_index, generation)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "annotations" (
  run_id VARCHAR(191) NOT NULL, kind VARCHAR(32) NOT NULL, stage_id VARCHAR(191) NOT NULL,
  name VARCHAR(240) NOT NULL, value LONGTEXT NOT NULL, actor TEXT NOT NULL,
  attempt BIGINT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (run_id, kind, stage_id, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "audit" (
  id VARCHAR(440) NOT NULL, namespace VARCHAR(128) NOT NULL, run_id VARCHAR(191),
  verb VARCHAR(191) NOT NULL, actor TEXT NOT NULL, reason TEXT, data LONGTEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (id),
  INDEX "audit_listing" (namespace, at),
  INDEX "audit_run" (run_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "blob_refs" (
  run_id VARCHAR(191) NOT NULL, hash VARCHAR(128) NOT NULL, owner VARCHAR(400) NOT NULL,
  size BIGINT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, hash, owner),
  INDEX "blob_refs_hash" (hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "blob_tombstones" (
  hash VARCHAR(128) NOT NULL, version BIGINT NOT NULL, state VARCHAR(16) NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (hash),
  CHECK (state IN ('condemned', 'deleting')),
  INDEX "blob_tombstones_at" (at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "commits" (
  commit_id VARCHAR(191) NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (commit_id),
  INDEX "commits_at" (at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "dead_letters" (
  id VARCHAR(440) NOT NULL, namespace VARCHAR(128) NOT NULL, kind VARCHAR(191) NOT NULL,
  version BIGINT NOT NULL, run_id VARCHAR(191), stage_id VARCHAR(191), map_index BIGINT,
  generation BIGINT, rev BIGINT, reason TEXT NOT NULL, failure LONGTEXT, body LONGTEXT,
  created_at BIGINT NOT NULL, resolved_at BIGINT, resolution VARCHAR(191), actor TEXT,
  PRIMARY KEY (id),
  INDEX "dead_letters_listing" (namespace, created_at),
  INDEX "dead_letters_run" (run_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "definitions" (
  namespace VARCHAR(128) NOT NULL, \`key\` VARCHAR(480) NOT NULL, workflow_id VARCHAR(191) NOT NULL,
  workflow_version VARCHAR(191) NOT NULL, graph LONGTEXT NOT NULL, registered_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, \`key\`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "dispatch" (
  run_id VARCHAR(191) NOT NULL, stage_id VARCHAR(191) NOT NULL, map_index BIGINT NOT NULL,
  generation BIGINT NOT NULL, namespace VARCHAR(128) NOT NULL, workflow_id VARCHAR(191) NOT NULL,
  attempt BIGINT NOT NULL, queue VARCHAR(128) NOT NULL, priority BIGINT NOT NULL,
  not_before BIGINT NOT NULL, tries BIGINT NOT NULL, visible_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, stage_id, map_index, generation),
  INDEX "dispatch_taking" (namespace, created_at, run_id, stage_id, map_index, generation)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "idempotency" (
  namespace VARCHAR(128) NOT NULL, scope VARCHAR(160) NOT NULL, \`key\` VARCHAR(440) NOT NULL,
  version BIGINT NOT NULL, run_id VARCHAR(191), input_hash VARCHAR(191) NOT NULL,
  status VARCHAR(16) NOT NULL, result LONGTEXT, owner VARCHAR(400), expires_at BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, scope, \`key\`),
  CHECK (status IN ('claimed', 'stored')),
  INDEX "idempotency_run" (run_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "intents" (
  id VARCHAR(440) NOT NULL, namespace VARCHAR(128) NOT NULL, run_id VARCHAR(191) NOT NULL,
  command VARCHAR(191) NOT NULL, data LONGTEXT NOT NULL, tries BIGINT NOT NULL,
  visible_at BIGINT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  INDEX "intents_taking" (namespace, created_at, id),
  INDEX "intents_run" (run_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "logs" (
  run_id VARCHAR(191) NOT NULL, id VARCHAR(440) NOT NULL, stage_id VARCHAR(191) NOT NULL,
  map_index BIGINT NOT NULL, generation BIGINT NOT NULL, attempt BIGINT NOT NULL,
  level VARCHAR(191) NOT NULL, message LONGTEXT NOT NULL, data LONGTEXT, at BIGINT NOT NULL,
  PRIMARY KEY (run_id, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "schedule_fires" (
  namespace VARCHAR(128) NOT NULL, schedule_id VARCHAR(191) NOT NULL, slot BIGINT NOT NULL,
  run_id VARCHAR(191), outcome VARCHAR(16) NOT NULL, fired_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, schedule_id, slot),
  CHECK (outcome IN ('started', 'skipped', 'buffered'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "schedules" (
  namespace VARCHAR(128) NOT NULL, id VARCHAR(191) NOT NULL, version BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL, workflow_id VARCHAR(191) NOT NULL, workflow_version VARCHAR(191),
  kind VARCHAR(191) NOT NULL, expression TEXT NOT NULL, time_zone VARCHAR(191) NOT NULL,
  overlap VARCHAR(191) NOT NULL, catch_up VARCHAR(191) NOT NULL, input LONGTEXT NOT NULL,
  options LONGTEXT NOT NULL, last_slot BIGINT, next_fire_at BIGINT, actor TEXT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, id),
  CHECK (status IN ('active', 'paused')),
  INDEX "schedules_due" (namespace, next_fire_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "slots" (
  namespace VARCHAR(128) NOT NULL, slot_key VARCHAR(240) NOT NULL, holder VARCHAR(400) NOT NULL,
  run_id VARCHAR(191) NOT NULL, version BIGINT NOT NULL, granted_at BIGINT NOT NULL,
  PRIMARY KEY (namespace, slot_key, holder),
  INDEX "slots_run" (run_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS "workers" (
  id VARCHAR(191) NOT NULL, namespace VARCHAR(128) NOT NULL, worker_id VARCHAR(191) NOT NULL,
  epoch BIGINT NOT NULL, version BIGINT NOT NULL, status VARCHAR(16) NOT NULL,
  expires_at BIGINT NOT NULL, host TEXT NOT NULL, pid BIGINT NOT NULL, build TEXT NOT NULL,
  queues LONGTEXT NOT NULL, definitions LONGTEXT NOT NULL, labels LONGTEXT NOT NULL,
  \`load\` BIGINT NOT NULL, started_at BIGINT NOT NULL, beat_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  CHECK (status IN ('active', 'draining', 'gone')),
  INDEX "workers_expiry" (namespace, status, expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
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
