-- The journal: what was decided, and what became of it. Rows are only added.
--
-- Every record has a number, seq, drawn from one counter over the tables
-- intents, outcomes, plans, finishes and echoes, without gaps. Times are UTC,
-- in nanoseconds since 1970; 0 is "none". Amounts are minor units.

-- +goose Up
PRAGMA application_id = 1346458194; -- "PAYR", so that another program's database is told apart

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each process that recorded something. It carries what all its
-- records share, and is written together with the first of them.
CREATE TABLE runs (
    run          INTEGER PRIMARY KEY,
    environment  TEXT NOT NULL,
    merchant     TEXT NOT NULL,
    actor        TEXT NOT NULL,
    tool_version TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

CREATE TABLE intents (
    seq         INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL,
    payment     TEXT NOT NULL,
    op          TEXT NOT NULL,
    ref         TEXT NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 999999999999),
    currency    TEXT NOT NULL,
    final       INTEGER NOT NULL,
    attempt     INTEGER NOT NULL CHECK (attempt >= 1),
    key         TEXT NOT NULL,
    plan_id     TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

CREATE INDEX intents_payment ON intents (payment);

CREATE TABLE outcomes (
    seq          INTEGER PRIMARY KEY,
    run          INTEGER NOT NULL,
    intent       INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    state        TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    code         INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    error_id     TEXT NOT NULL,
    message      TEXT NOT NULL,
    body_sha256  BLOB NOT NULL,    -- of the body that was sent; empty when none was
    absent       INTEGER NOT NULL,
    sent_at      INTEGER NOT NULL, -- of the last send in the evidence
    evidence     TEXT NOT NULL     -- the sends, as a JSON array; '' when there are none
) STRICT;

-- With the state, so that what is open is found without reading the outcomes;
-- after the number, so that an intent's outcomes stand in their order.
CREATE INDEX outcomes_intent ON outcomes (intent, seq, state);

CREATE TABLE plans (
    seq         INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL,
    plan_id     TEXT NOT NULL UNIQUE,
    content_id  TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    payments    INTEGER NOT NULL,
    calls       INTEGER NOT NULL,
    chunks      INTEGER NOT NULL
) STRICT;

-- The bytes of a plan, cut into pieces, each deflated on its own.
CREATE TABLE plan_chunks (
    plan  INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    size  INTEGER NOT NULL, -- of the bytes before they were deflated
    bytes BLOB NOT NULL,
    PRIMARY KEY (plan, n)
) STRICT;

CREATE TABLE finishes (
    seq    INTEGER PRIMARY KEY,
    run    INTEGER NOT NULL,
    plan   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    result TEXT NOT NULL
) STRICT;

CREATE INDEX finishes_plan ON finishes (plan);

CREATE TABLE echoes (
    seq          INTEGER PRIMARY KEY,
    run          INTEGER NOT NULL,
    op           TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
