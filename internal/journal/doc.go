// Package journal keeps the durable record of what was decided and what became
// of it: [apply.Journal] on SQLite, in one file.
//
// The file only ever grows. Every record (an intent, an outcome, a plan that
// was begun or finished, an echo that was seen) has a number from one counter
// without gaps, so that a journal can be told from an older copy of itself, and
// a removed record from one that never was.
//
// One process writes at a time. It holds a lock on the file <path>.lock, which
// the operating system drops when the process dies, however it dies. Others
// may read meanwhile.
//
//	Intend ──┐                        ┌─▶ durable: acknowledged together
//	Conclude ┼─▶ queue ─▶ one writer ─┤
//	NoteEcho ┘   (what queued while the last group was synced is the next group)
//
// A group is one transaction with one insert a table, and one sync. When a
// group cannot be written the writer stops for good: every later Intend fails
// with the cause, so that nothing is sent that could not be recorded.
//
// # Memory
//
// The writer keeps 8 bytes of hash for each key that this process recorded,
// in a map (10 to 20 bytes in all), and one byte for each of its records.
// Keys of earlier processes are looked up by payment.
package journal
