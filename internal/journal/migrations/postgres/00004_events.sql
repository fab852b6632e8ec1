-- What the platform said by itself, in webhooks. The records are numbered by the
-- one counter, too. An event that settled a call stands right before the outcome
-- that it led to, and is written in its transaction. Of the body only what was
-- used is kept.

-- +goose Up
CREATE TABLE events (
    seq         bigint PRIMARY KEY,
    run         bigint NOT NULL,
    identity    bytea   NOT NULL CHECK (octet_length(identity) = 32), -- SHA-256 of environment, merchant and what duplicates share
    event_id    text    NOT NULL, -- the platform's
    type        text    NOT NULL,
    payment     text    NOT NULL, -- '' of an event about none
    operation   text    NOT NULL,
    code        bigint NOT NULL, -- -1 when there is none
    received_at bigint NOT NULL,
    created     bigint NOT NULL, -- by the platform's clock
    body_sha256 bytea   NOT NULL,
    facts       text    NOT NULL CHECK (octet_length(facts) <= 8192), -- what was used of the body, as JSON
    intent      bigint NOT NULL, -- that it is about, or 0
    effect      text    NOT NULL CHECK (effect IN ('evidence', 'settled', 'refused')),
    message     text    NOT NULL
);

CREATE UNIQUE INDEX events_identity ON events (identity);
CREATE INDEX events_intent ON events (intent);
