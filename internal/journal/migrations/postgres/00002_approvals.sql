-- On whose word a plan runs. The records are numbered by the one counter, too:
-- the approvals of a plan stand right behind it, in the order in which they were
-- given, and are written in its transaction.

-- +goose Up
CREATE TABLE approvals (
    seq       bigint PRIMARY KEY,
    run       bigint NOT NULL,
    plan      bigint NOT NULL CHECK (plan < seq),
    at        bigint NOT NULL, -- by the approver's clock, which no record is measured by
    "by"      text   NOT NULL CHECK ("by" <> ''),
    how       text   NOT NULL CHECK (how IN ('signature', 'terminal', 'accept', 'auto-approve')),
    statement text   NOT NULL CHECK (octet_length(statement) <= 65536)
);

CREATE INDEX approvals_plan ON approvals (plan);
