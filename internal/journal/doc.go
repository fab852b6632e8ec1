// Package journal keeps the durable record of what was decided and what became
// of it: [apply.Journal] on SQLite, in one file, or on PostgreSQL, in one
// schema, where machines share the work.
//
// It only ever grows. Every record (an intent, an outcome, a plan that was
// begun or finished, an approval of one, an echo that was seen) has a number from one counter
// without gaps, so that a journal can be told from an older copy of itself, and
// a removed record from one that never was.
//
//	Intend ──┐                        ┌─▶ durable: acknowledged together
//	Conclude ┼─▶ queue ─▶ one writer ─┤
//	NoteEcho ┘   (what queued while the last group was synced is the next group)
//
// A group is one transaction with one insert a table, and one sync. When a
// group cannot be written the writer stops for good: every later Intend fails
// with the cause, so that nothing is sent that could not be recorded.
//
// A plan is stored with its approvals in a transaction of its own, piece by
// piece: all of it is there afterwards, or nothing.
//
// # Versions
//
// A process that is to write brings the schema up to date first, each step in a
// transaction. One that reads leaves it as it is, and understands those of
// earlier versions. A schema of a later version is refused: it may have records
// that this version would not count.
//
// # One writer
//
// One process writes at a time, and others may read meanwhile. A file's writer
// holds a lock on <path>.lock, which the operating system drops when the
// process dies, however it dies.
//
// On PostgreSQL there is a lease of three minutes, renewed every 20 seconds, by
// the server's clock. Whoever takes it counts a fence up. A process that ended
// in order has released it; after one that died, the next waits until its lease
// has run out and its calls are through. A process that was only paused, and
// comes back after that, finds another fence in its next transaction: it may
// still record what became of its own intents, judged by what stands in the
// database, and nothing else.
//
//	transaction:  lock the head, compare the fence ─▶ number ─▶ insert ─▶ commit
//
// # Memory
//
// The writer keeps 8 bytes of hash for each key that this process recorded,
// in a map (10 to 20 bytes in all), and one byte for each record since it
// began. Keys of earlier processes are looked up by payment.
package journal
