-- The journal: what was decided, and what became of it. Rows are only added,
-- but to the two tables of one row each, head and lease.
--
-- Every record has a number, seq, drawn from one counter over the tables
-- intents, outcomes, plans, finishes and echoes, without gaps. Times of records
-- are UTC, in nanoseconds since 1970; 0 is "none". Amounts are minor units.

-- +goose Up
CREATE TABLE meta (
    key   text PRIMARY KEY,
    value text NOT NULL
);

-- The application tells a journal from another program's tables.
INSERT INTO meta (key, value) VALUES
    ('application', 'payreconcile journal'),
    ('id', 'j-' || replace(gen_random_uuid()::text, '-', '')),
    ('created', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));

-- Where the journal stands. Whoever records something locks this row first,
-- compares the fence with its own, and takes its numbers from seq; so numbers
-- have no gaps, and records become visible in their order.
CREATE TABLE head (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    fence  bigint NOT NULL, -- of the process that may record, one more for each
    seq    bigint NOT NULL, -- number of the newest record
    newest bigint NOT NULL  -- its time
) WITH (fillfactor = 10);

INSERT INTO head (fence, seq, newest) VALUES (0, 0, 0);

-- Who may record, and until when: by this server's clock, which alone decides.
CREATE TABLE lease (
    one          boolean PRIMARY KEY DEFAULT true CHECK (one),
    fence        bigint NOT NULL,
    token        text NOT NULL,   -- random, so that nobody renews another's
    host         text NOT NULL,   -- the holder, for people
    pid          bigint NOT NULL,
    actor        text NOT NULL,
    acquired     timestamptz NOT NULL,
    expires      timestamptz NOT NULL,
    call_timeout bigint NOT NULL, -- in microseconds: how long its calls may still be on their way
    released     boolean NOT NULL -- it ended in order, so that nobody need wait
) WITH (fillfactor = 10);

INSERT INTO lease (fence, token, host, pid, actor, acquired, expires, call_timeout, released)
    VALUES (0, '', '', 0, '', now(), now(), 0, true);

-- One row for each process that recorded something; its number is the fence of
-- the process. It carries what all its records share, and is written together
-- with the first of them.
CREATE TABLE runs (
    run          bigint PRIMARY KEY,
    environment  text NOT NULL,
    merchant     text NOT NULL,
    actor        text NOT NULL,
    tool_version text NOT NULL,
    at           bigint NOT NULL
);

CREATE TABLE intents (
    seq         bigint PRIMARY KEY,
    run         bigint NOT NULL,
    payment     text NOT NULL,
    op          text NOT NULL,
    ref         text NOT NULL,
    amount      bigint NOT NULL CHECK (amount BETWEEN 1 AND 999999999999),
    currency    text NOT NULL,
    final       boolean NOT NULL,
    attempt     bigint NOT NULL CHECK (attempt >= 1),
    key         text NOT NULL,
    plan_id     text NOT NULL,
    at          bigint NOT NULL
);

CREATE INDEX intents_payment ON intents (payment);

CREATE TABLE outcomes (
    seq          bigint PRIMARY KEY,
    run          bigint NOT NULL,
    intent       bigint NOT NULL,
    at           bigint NOT NULL,
    state        text NOT NULL,
    operation_id text NOT NULL,
    code         bigint NOT NULL,
    status       bigint NOT NULL,
    error_id     text NOT NULL,
    message      text NOT NULL,
    body_sha256  bytea NOT NULL,  -- of the body that was sent; empty when none was
    absent       boolean NOT NULL,
    sent_at      bigint NOT NULL, -- of the last send in the evidence
    evidence     text NOT NULL    -- the sends, as a JSON array; '' when there are none
);

CREATE INDEX outcomes_intent ON outcomes (intent, seq, state);

CREATE TABLE plans (
    seq         bigint PRIMARY KEY,
    run         bigint NOT NULL,
    plan_id     text NOT NULL UNIQUE,
    content_id  text NOT NULL,
    accepted_at bigint NOT NULL,
    expires     bigint NOT NULL,
    payments    bigint NOT NULL,
    calls       bigint NOT NULL,
    chunks      bigint NOT NULL
);

-- The bytes of a plan, cut into pieces, each deflated on its own.
CREATE TABLE plan_chunks (
    plan  bigint NOT NULL,
    n     bigint NOT NULL,
    size  bigint NOT NULL, -- of the bytes before they were deflated
    bytes bytea NOT NULL,
    PRIMARY KEY (plan, n)
);

ALTER TABLE plan_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE finishes (
    seq    bigint PRIMARY KEY,
    run    bigint NOT NULL,
    plan   bigint NOT NULL,
    at     bigint NOT NULL,
    result text NOT NULL
);

CREATE INDEX finishes_plan ON finishes (plan);

CREATE TABLE echoes (
    seq          bigint PRIMARY KEY,
    run          bigint NOT NULL,
    op           text NOT NULL,
    operation_id text NOT NULL,
    at           bigint NOT NULL
);
