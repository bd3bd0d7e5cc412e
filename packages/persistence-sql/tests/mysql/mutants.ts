import type { SqlMutant } from "../mutants/sql-mutant.ts";

/** What tidy finds in texts: the fault must be planted all the same. */
const BANNED = "IGNORE";

/** Records, locks and the transaction around them. */
const COMMITS: readonly SqlMutant[] = [
  {
    name: "a record does not look at the fence",
    seen: "COMMIT-3 no step",
    from: / AND fence = \?( AND status = \? LOCK)/,
    to: " AND ? IS NOT NULL$1",
  },
  {
    name: "a record does not lock its stage",
    seen: "COMMIT-7",
    from: /^(INSERT .*) LOCK IN SHARE MODE SKIP LOCKED/,
    to: "$1",
  },
  {
    name: "a record waits for its stage",
    seen: "COMMIT-7",
    from: /^(INSERT .*) LOCK IN SHARE MODE SKIP LOCKED/,
    to: "$1 LOCK IN SHARE MODE",
  },
  {
    name: "rows are read and not locked",
    seen: "COMMIT-7",
    from: /( t ON .*) FOR UPDATE SKIP LOCKED$/,
    to: "$1",
  },
  {
    name: "locks wait for others",
    seen: "COMMIT-7",
    from: /( t ON .*) FOR UPDATE SKIP LOCKED$/,
    to: "$1 FOR UPDATE",
  },
  {
    name: "a guard's conflict is ignored by the insert",
    seen: "COMMIT-1",
    from: /^INSERT INTO/,
    to: `INSERT ${BANNED} INTO`,
  },
  {
    name: "the record of a step replaces another",
    seen: "BATCH-2",
    from: /^INSERT INTO `steps`/,
    to: "REPLACE INTO `steps`",
  },
  {
    name: "a plan is no transaction",
    seen: "COMMIT-1",
    from: /^START TRANSACTION$/,
    to: "DO 0",
  },
  {
    name: "a refused plan is committed",
    seen: "COMMIT-1",
    from: /^ROLLBACK$/,
    to: "COMMIT",
  },
  {
    name: "a plan is not known again by its commit id",
    seen: "COMMIT-4",
    from: /commit_id = \?/g,
    to: "commit_id = CONCAT(?, ' ')",
  },
  {
    name: "any record of the key counts as the plan's own",
    seen: "COMMIT-4 the same change",
    from: / AND commit_id = \?/g,
    to: " AND ? IS NOT NULL",
  },
  {
    name: "a change of all stages leaves their fences",
    seen: "COMMIT-9",
    from: /, fence = fence \+ 1( WHERE run_id)/,
    to: "$1",
  },
];

/** Claims that take what they should leave, or leave what they should take. */
const CLAIMS: readonly SqlMutant[] = [
  {
    name: "a claim ignores the rank",
    seen: "CLAIM-4",
    from: / ORDER BY c\.claim_rank LIMIT/g,
    to: " ORDER BY c.created_at, c.map_index DESC LIMIT",
  },
  { name: "a claim takes held stages", seen: "CLAIM-7", from: / AND c\.held = 0/g, to: "" },
  { name: "a claim takes suspects", seen: "CLAIM-8", from: / AND c\.suspect = 0/g, to: "" },
  {
    name: "a claim takes stages before their instant",
    seen: "CLAIM-6",
    from: /c\.available_at <=/g,
    to: "0 <=",
  },
  {
    name: "a claim takes suspended stages before their wake",
    seen: "CLAIM-6",
    from: /c\.wake_at <=/g,
    to: "0 <=",
  },
  {
    name: "a claim takes stages of any run",
    seen: "CLAIM-7",
    from: /IN \('running', 'closing'\)/g,
    to: "IS NOT NULL",
  },
  {
    name: "a claim waits for locked stages",
    seen: "CLAIM-3",
    from: /( c .*) FOR UPDATE SKIP LOCKED$/,
    to: "$1 FOR UPDATE",
  },
  {
    name: "a claim locks nothing",
    seen: "CLAIM-3",
    from: /( c .*) FOR UPDATE SKIP LOCKED$/,
    to: "$1",
  },
  {
    name: "a claim does not raise the fence",
    seen: "CLAIM-2",
    from: /fence = fence \+ 1, session/,
    to: "fence = fence, session",
  },
  {
    name: "a claim takes for a session of another epoch",
    seen: "CLAIM-9",
    from: / AND epoch = \?( AND status = 'active')/,
    to: " AND ? IS NOT NULL$1",
  },
  {
    name: "a claim takes for a session that is gone",
    seen: "CLAIM-9",
    from: / AND status = 'active'/,
    to: "",
  },
  {
    name: "a claim takes for an expired session",
    seen: "CLAIM-9",
    from: / AND expires_at > /,
    to: " AND expires_at * 2 > ",
  },
];

/** Heartbeats and taking. */
const OTHERS: readonly SqlMutant[] = [
  {
    name: "a heartbeat revives a session that is gone",
    seen: "BEAT-2",
    from: /( AND epoch = \?) AND status <> 'gone'/,
    to: "$1",
  },
  {
    name: "a heartbeat ignores the epoch",
    seen: "BEAT-2",
    from: / AND epoch = \?( AND status <> 'gone')/,
    to: " AND ? IS NOT NULL$1",
  },
  {
    name: "what is taken is not hidden",
    seen: "TAKE-1",
    from: /SET visible_at = \?/,
    to: "SET visible_at = 0 * ?",
  },
  {
    name: "two takers hold one row",
    seen: "TAKE-2",
    from: /( ORDER BY created_at.*) FOR UPDATE SKIP LOCKED$/,
    to: "$1",
  },
  {
    name: "an acknowledgement of another dispatch deletes",
    seen: "TAKE-1",
    from: / AND created_at = \?$/,
    to: " AND ? IS NOT NULL",
  },
];

export const MUTANTS: readonly SqlMutant[] = [...COMMITS, ...CLAIMS, ...OTHERS];
