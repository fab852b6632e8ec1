-- The audit log of an environment and merchant: the hashes of a Merkle tree over
-- its records in the order of their numbers, and heads of it. A record is a leaf
-- by its line in an export. What is here can be computed again from the records;
-- it is what they are held against. Rows are only added.

-- +goose Up

-- The stored hashes of the tree in their one order, in pieces.
CREATE TABLE audit_hashes (
    environment text   NOT NULL,
    merchant    text   NOT NULL,
    first       bigint NOT NULL CHECK (first >= 0),  -- index of the first hash
    size        bigint NOT NULL CHECK (size > 0),    -- leaves up to here
    seq         bigint NOT NULL CHECK (seq >= size), -- number of the record that is the last of them
    hashes      bytea  NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 1048576 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (environment, merchant, first)
);

ALTER TABLE audit_hashes ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE audit_heads (
    id          bigint PRIMARY KEY,
    environment text   NOT NULL,
    merchant    text   NOT NULL,
    size        bigint NOT NULL CHECK (size > 0),
    root        bytea  NOT NULL CHECK (octet_length(root) = 32),
    at          bigint NOT NULL,
    run         bigint NOT NULL, -- that made it
    note        text   NOT NULL CHECK (octet_length(note) <= 65536) -- the head's text, with a signature if there was a key
);

CREATE INDEX audit_heads_log ON audit_heads (environment, merchant, id);
