-- On whose word a plan runs. The records are numbered by the one counter, too:
-- the approvals of a plan stand right behind it, in the order in which they were
-- given, and are written in its transaction.

-- +goose Up
CREATE TABLE approvals (
    seq       INTEGER PRIMARY KEY,
    run       INTEGER NOT NULL,
    plan      INTEGER NOT NULL CHECK (plan < seq),
    at        INTEGER NOT NULL, -- by the approver's clock, which no record is measured by
    "by"      TEXT    NOT NULL CHECK ("by" <> ''),
    how       TEXT    NOT NULL CHECK (how IN ('signature', 'terminal', 'accept', 'auto-approve')),
    statement TEXT    NOT NULL CHECK (length(CAST(statement AS BLOB)) <= 65536)
) STRICT;

CREATE INDEX approvals_plan ON approvals (plan);
