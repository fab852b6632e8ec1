package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// groupLimit is how many records are written and synced together at most.
const groupLimit = 128

// errClosed is what is returned of a journal that was closed.
var errClosed = errors.New("the journal is closed")

// A request is one thing to record: an intent, an outcome, an echo, or a
// transaction of its own. The writer sets seq and err, then closes done.
type request struct {
	intent  *plan.Intent
	outcome *outcomeRow
	echo    *echoRow
	alone   func(*sql.Conn) (refusal, failure error)

	seq  int64
	err  error
	done chan struct{}
}

// A writer owns the one connection that writes. Everything up to mu belongs to
// its goroutine alone.
type writer struct {
	j    *Journal
	lock *lock
	db   *sql.DB
	conn *sql.Conn
	ins  inserts

	run     int64 // number of this process's row in runs
	started bool  // that row is written
	base    int64 // number of the first record of this process
	seq     int64 // last number given
	newest  time.Time
	writes  int64                // of this process
	states  []packed             // by number less base
	older   map[int64]plan.State // of intents of earlier processes that this one concluded
	keys    map[uint64]struct{}  // hashes of the keys of this process that are not withdrawn
	seed    maphash.Seed

	mu     sync.Mutex
	queue  []*request
	closed bool
	failed error

	wake chan struct{} // holds a token when there may be something to do
	done chan struct{} // closed when the goroutine has ended
}

// newWriter starts the writer of j, which owns l from then on.
func newWriter(ctx context.Context, j *Journal, l *lock) (_ *writer, err error) {
	w := &writer{
		j: j, lock: l,
		seq: j.Ref().Seq, base: j.Ref().Seq + 1, newest: j.Newest(),
		older: map[int64]plan.State{}, keys: map[uint64]struct{}{}, seed: maphash.MakeSeed(),
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if w.db, err = connect(j.path, Write); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.db.Close())
		}
	}()
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return nil, err
	}
	// A file that cannot be written is found now and not at the first intent.
	if _, err := w.conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return nil, err
	}
	if _, err := w.conn.ExecContext(ctx, `ROLLBACK`); err != nil {
		return nil, err
	}
	if err := w.conn.QueryRowContext(ctx, `SELECT coalesce(max(run), 0) + 1 FROM runs`).Scan(&w.run); err != nil {
		return nil, err
	}
	w.ins = newInserts(w.conn)
	go w.loop()
	return w, nil
}

// put queues a request, or says why nothing can be recorded any more.
func (w *writer) put(r *request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.failed != nil:
		return w.failed
	case w.closed:
		return errClosed
	}
	w.queue = append(w.queue, r)
	w.signal()
	return nil
}

// signal wakes the goroutine.
func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// loop writes what queues until the writer is stopped and nothing is left.
func (w *writer) loop() {
	defer close(w.done)
	for range w.wake {
		for {
			w.gather()
			group, closed := w.take()
			if len(group) == 0 {
				if closed {
					return
				}
				break
			}
			w.record(group)
		}
	}
}

// gather lets those who were told of the last group queue for the next, for as
// long as more of them come. It never sleeps: a lone caller waits for nobody.
func (w *writer) gather() {
	for n := -1; ; {
		w.mu.Lock()
		queued := len(w.queue)
		w.mu.Unlock()
		if queued <= n || queued >= groupLimit {
			return
		}
		n = queued
		runtime.Gosched()
	}
}

// take removes the next group from the queue: a request that wants to be alone,
// or what stands before one, up to the limit.
func (w *writer) take() (group []*request, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for n < len(w.queue) && n < groupLimit && w.queue[n].alone == nil {
		n++
	}
	if n == 0 && len(w.queue) > 0 {
		n = 1
	}
	group = append(group, w.queue[:n]...)
	w.queue = append(w.queue[:0], w.queue[n:]...)
	clear(w.queue[len(w.queue):cap(w.queue)])
	return group, w.closed
}

// record writes a group and tells those who wait.
func (w *writer) record(group []*request) {
	var err error
	if group[0].alone != nil {
		err = w.recordAlone(group[0])
	} else {
		err = w.recordGroup(group)
	}
	if err != nil {
		err = w.fail(err)
	}
	for _, r := range group {
		if err != nil && r.err == nil {
			r.seq, r.err = 0, err
		}
		close(r.done)
	}
}

// fail stops the writer for good: what is queued and what comes fails with
// cause. Whether the group that failed is in the file nobody knows; an intent
// that is there without an outcome counts as one that may have been sent.
func (w *writer) fail(cause error) error {
	err := fmt.Errorf("write journal %s: %w; nothing more is recorded", w.j.path, explain(cause))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err
	for _, r := range w.queue {
		r.err = err
		close(r.done)
	}
	w.queue = nil
	return err
}

// stop waits until all that is queued is written, closes the connection and
// gives the lock back.
func (w *writer) stop() error {
	w.mu.Lock()
	w.closed = true
	w.signal()
	w.mu.Unlock()
	<-w.done
	return errors.Join(w.ins.close(), w.conn.Close(), w.db.Close(), w.lock.release())
}

// transaction runs f in a transaction of the writer's connection. When f or
// the commit fails, nothing of it stays.
func (w *writer) transaction(f func() error) (err error) {
	ctx := context.Background()
	if _, err := w.conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	if err := f(); err != nil {
		// The failure that matters is the first; a rollback that fails too
		// is done by SQLite when the connection closes.
		_, _ = w.conn.ExecContext(ctx, `ROLLBACK`)
		return err
	}
	if _, err := w.conn.ExecContext(ctx, `COMMIT`); err != nil {
		_, _ = w.conn.ExecContext(ctx, `ROLLBACK`)
		return err
	}
	return nil
}
