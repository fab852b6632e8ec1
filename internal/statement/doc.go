// Package statement sets what plans meant to move, what the journal holds of it
// and what the platform shows side by side. Every planned cent is settled,
// accepted, refused, in doubt or not sent, and the sums have to agree.
//
//	plan ─▶ entry ────┐
//	journal ─▶ records┼─▶ Movement ─▶ Sums, per currency and kind, run and all
//	reads ─▶ observed ┘
//
// It calls nobody and reads no clock: equal plans, records and reads give an
// equal statement. The journal is read as of one record, so that what is
// recorded later changes nothing.
package statement
