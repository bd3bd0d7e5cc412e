import type { SqlMutant } from "../mutants/sql-mutant.ts";

const NOW = String.raw`\(SELECT instant FROM clock\)`;
const HOLDS = String.raw` AND \(SELECT holds FROM ok\)\[x\.p \+ 1\]`;

/** Guards that do not look, or do not lock. */
const GUARDS: readonly SqlMutant[] = [
  {
    name: "the guard of a stage has no fence",
    seen: "COMMIT-9 guard stage:",
    from: / AND t\.fence = x\.fence/g,
    to: "",
  },
  {
    name: "the guard of a stage has no status",
    seen: "COMMIT-9 guard stage:",
    from: / AND t\.status = x\.st(?= FOR)/g,
    to: "",
  },
  {
    name: "the strict guard of a run has no rev",
    seen: "COMMIT-9 guard rev:",
    from: /\(x\.rev IS NULL OR t\.rev = x\.rev\)/g,
    to: "true",
  },
  {
    name: "a run that has ended counts as live",
    seen: "COMMIT-9 guard live:",
    from: /\(x\.live IS NULL OR t\.status NOT IN \([^)]*\)\)/g,
    to: "true",
  },
  {
    name: "the wanted status of a live run is ignored",
    seen: "COMMIT-9 guard live in a status:",
    from: /\(x\.st IS NULL OR t\.status = ANY\(x\.st\)\)/g,
    to: "true",
  },
  {
    name: "an inbox that moved is ignored",
    seen: "COMMIT-9 guard live:",
    from: /\(x\.inbox IS NULL OR t\.inbox = x\.inbox\)/g,
    to: "true",
  },
  {
    name: "the epoch of a session is ignored",
    seen: "COMMIT-9 guard session:",
    from: / AND t\.epoch = x\.epoch/g,
    to: "",
  },
  {
    name: "a session that drains, or is gone, is valid",
    seen: "COMMIT-9 guard session:",
    from: / AND t\.status = 'active'/g,
    to: "",
  },
  {
    name: "a session does not expire",
    seen: "COMMIT-6 guard session:",
    from: new RegExp(` AND t\\.expires_at > ${NOW}`, "g"),
    to: "",
  },
  {
    name: "a version is ignored",
    seen: "COMMIT-9 guard version:",
    from: / AND t\.version = x\.v/g,
    to: "",
  },
  {
    name: "a row that must be absent may be there",
    seen: "COMMIT-9 guard absent:",
    from: / WHERE t\.found IS NULL/g,
    to: "",
  },
  {
    name: "guards lock nothing",
    seen: "COMMIT-7",
    from: / FOR NO KEY UPDATE OF t SKIP LOCKED/g,
    to: "",
  },
  {
    name: "guards wait for locked rows",
    seen: "COMMIT-7",
    from: / FOR NO KEY UPDATE OF t SKIP LOCKED/g,
    to: " FOR NO KEY UPDATE OF t",
  },
  {
    name: "the guard of a step locks nothing",
    seen: "COMMIT-7",
    from: / FOR SHARE OF t SKIP LOCKED/g,
    to: "",
  },
];

/** Writes beside their guards, and plans that are not known again. */
const WRITES: readonly SqlMutant[] = [
  {
    name: "everything is written whatever the guards say",
    seen: "COMMIT-2",
    from: new RegExp(HOLDS, "g"),
    to: "",
  },
  {
    name: "steps are written whatever the guards say",
    seen: "COMMIT-3 no step",
    from: new RegExp(`(INSERT INTO "\\w+"\\."steps" .*?)${HOLDS}`, "g"),
    to: "$1",
  },
  {
    name: "events are written whatever the guards say",
    seen: "COMMIT-2",
    from: new RegExp(`(INSERT INTO "\\w+"\\."events" .*?)${HOLDS}`, "g"),
    to: "$1",
  },
  {
    name: "the rev of a run is not raised by its events",
    seen: "COMMIT-8",
    from: /rev = t\.rev \+ x\.n/g,
    to: "rev = t.rev + 0 * x.n",
  },
  {
    name: "events do not follow the rev of the locked run",
    seen: "COMMIT-8",
    from: /g\.rev \+ x\.c1/g,
    to: "0 * g.rev + x.c1",
  },
  {
    name: "a counter is set and not added to",
    seen: "COMMIT-3",
    from: /= t\."join_pending" \+ x\.n/g,
    to: "= x.n",
  },
  {
    name: "a plan is not known again by its commit id",
    seen: "COMMIT-4",
    from: /commit_id = (\$\d+)/g,
    to: "commit_id = $1 || ' '",
  },
  {
    name: "any commit of the record's key counts as the plan's own",
    seen: "COMMIT-4 the same change",
    from: / AND commit_id = (\$\d+)/g,
    to: " AND $1::text IS NOT NULL",
  },
];

/** Claims that take what they should leave, or leave what they should take. */
const CLAIMS: readonly SqlMutant[] = [
  {
    name: "a claim ignores the rank",
    seen: "CLAIM-4",
    from: /FROM locked ORDER BY claim_rank, /g,
    to: "FROM locked ORDER BY ",
  },
  { name: "a claim takes held stages", seen: "CLAIM-7", from: / AND c\.held = false/g, to: "" },
  { name: "a claim takes suspects", seen: "CLAIM-8", from: / AND c\.suspect = false/g, to: "" },
  {
    name: "a claim takes stages before their instant",
    seen: "CLAIM-6",
    from: new RegExp(` AND c\\.available_at <= ${NOW}`, "g"),
    to: "",
  },
  {
    name: "a claim takes stages of any run",
    seen: "CLAIM-7",
    from: /r\.status IN \('running', 'closing'\)/g,
    to: "true",
  },
  {
    name: "a claim waits for locked stages",
    seen: "CLAIM-3",
    from: / FOR NO KEY UPDATE OF c SKIP LOCKED/g,
    to: " FOR NO KEY UPDATE OF c",
  },
  {
    name: "a claim locks nothing",
    seen: "CLAIM-3",
    from: / FOR NO KEY UPDATE OF c SKIP LOCKED/g,
    to: "",
  },
  {
    name: "a claim does not raise the fence",
    seen: "CLAIM-2",
    from: /fence = s\.fence \+ 1/g,
    to: "fence = s.fence",
  },
  {
    name: "a claim needs no session",
    seen: "CLAIM-9",
    from: / WHERE EXISTS \(SELECT 1 FROM session\)/g,
    to: "",
  },
  {
    name: "a claim takes for an expired session",
    seen: "CLAIM-9",
    from: new RegExp(` AND w\\.expires_at > ${NOW}`, "g"),
    to: "",
  },
];

/** Heartbeats and taking. */
const OTHERS: readonly SqlMutant[] = [
  {
    name: "a heartbeat revives a session that is gone",
    seen: "BEAT-2",
    from: /( AND epoch = \$\d+) AND status <> 'gone'/g,
    to: "$1",
  },
  {
    name: "a heartbeat ignores the epoch",
    seen: "BEAT-2",
    from: / AND epoch = (\$\d+)( AND status <> 'gone')/g,
    to: " AND $1::bigint IS NOT NULL$2",
  },
  {
    name: "what is taken is not hidden",
    seen: "TAKE-1",
    from: new RegExp(`visible_at = ${NOW} \\+ (\\$\\d+)`, "g"),
    to: "visible_at = (SELECT instant FROM clock) + 0 * $1::bigint",
  },
  {
    name: "an acknowledgement of another dispatch deletes",
    seen: "TAKE-1",
    from: / AND t\.created_at = .*$/g,
    to: "",
  },
];

export const MUTANTS: readonly SqlMutant[] = [...GUARDS, ...WRITES, ...CLAIMS, ...OTHERS];
