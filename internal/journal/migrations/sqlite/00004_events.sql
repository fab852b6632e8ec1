-- What the platform said by itself, in webhooks. The records are numbered by the
-- one counter, too. An event that settled a call stands right before the outcome
-- that it led to, and is written in its transaction. Of the body only what was
-- used is kept.

-- +goose Up
CREATE TABLE events (
    seq         INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL,
    identity    BLOB    NOT NULL CHECK (length(identity) = 32), -- SHA-256 of environment, merchant and what duplicates share
    event_id    TEXT    NOT NULL, -- the platform's
    type        TEXT    NOT NULL,
    payment     TEXT    NOT NULL, -- '' of an event about none
    operation   TEXT    NOT NULL,
    code        INTEGER NOT NULL, -- -1 when there is none
    received_at INTEGER NOT NULL,
    created     INTEGER NOT NULL, -- by the platform's clock
    body_sha256 BLOB    NOT NULL,
    facts       TEXT    NOT NULL CHECK (length(CAST(facts AS BLOB)) <= 8192), -- what was used of the body, as JSON
    intent      INTEGER NOT NULL, -- that it is about, or 0
    effect      TEXT    NOT NULL CHECK (effect IN ('evidence', 'settled', 'refused')),
    message     TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX events_identity ON events (identity);
CREATE INDEX events_intent ON events (intent);
