// Package plan says what would change: it compares what a manifest declares
// with what the platform shows and what the journal knows, and gives the
// result as a value that can be printed, saved, reviewed and run.
//
// Observe adds a payment up, Diff compares, and Writer and Reader keep the
// result in a plan file. Nothing here talks to a network, a database or a
// clock.
package plan
