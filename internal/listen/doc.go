// Package listen takes in what the platform says by itself: it records events in
// a journal that others work with, too.
//
//	event ─┐                              ┌─▶ recorded: answer 2xx
//	event ─┼─▶ queue ─▶ open ▸ record ▸ close
//	event ─┘   (what queued meanwhile     └─▶ locked, or failed: the platform
//	            is the next batch)             sends the event again
//
// A [Recorder] keeps the journal for the moment of one batch, and leaves it alone
// for a while after that, so that a run which is to begin finds it free. All that
// it can do with a journal is in [Book]: nothing in this package can move money.
package listen
