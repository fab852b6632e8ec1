// Package audit makes the records of a journal a log that nobody can change
// without being found out: a Merkle tree over them (golang.org/x/mod/sumdb/tlog),
// heads of the tree that are signed and kept elsewhere, and proofs that a record
// is in it.
//
// The log is the sequence of one merchant's records in one environment of one
// journal, in the order of their numbers. A leaf is a record's line as the
// journal exports it, without the end of the line. So there is no second truth:
// the log is what the journal says, and the hashes are what it is held against.
//
// A head says how many records there are and what the root over them is. Whoever
// keeps one can tell for ever whether these records are still what they were
// then. It has to be kept where those who write the journal cannot change it.
//
// The package knows no database, no network and no clock.
package audit
