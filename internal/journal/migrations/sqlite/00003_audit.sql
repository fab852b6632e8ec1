-- The audit log of an environment and merchant: the hashes of a Merkle tree over
-- its records in the order of their numbers, and heads of it. A record is a leaf
-- by its line in an export. What is here can be computed again from the records;
-- it is what they are held against. Rows are only added.

-- +goose Up

-- The stored hashes of the tree in their one order, in pieces.
CREATE TABLE audit_hashes (
    environment TEXT    NOT NULL,
    merchant    TEXT    NOT NULL,
    first       INTEGER NOT NULL CHECK (first >= 0),                  -- index of the first hash
    size        INTEGER NOT NULL CHECK (size > 0),                    -- leaves up to here
    seq         INTEGER NOT NULL CHECK (seq >= size),                 -- number of the record that is the last of them
    hashes      BLOB    NOT NULL CHECK (length(hashes) BETWEEN 32 AND 1048576 AND length(hashes) % 32 = 0),
    PRIMARY KEY (environment, merchant, first)
) STRICT;

CREATE TABLE audit_heads (
    id          INTEGER PRIMARY KEY,
    environment TEXT    NOT NULL,
    merchant    TEXT    NOT NULL,
    size        INTEGER NOT NULL CHECK (size > 0),
    root        BLOB    NOT NULL CHECK (length(root) = 32),
    at          INTEGER NOT NULL,
    run         INTEGER NOT NULL, -- that made it
    note        TEXT    NOT NULL CHECK (length(CAST(note AS BLOB)) <= 65536) -- the head's text, with a signature if there was a key
) STRICT;

CREATE INDEX audit_heads_log ON audit_heads (environment, merchant, id);
