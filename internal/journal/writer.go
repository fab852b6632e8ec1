package journal

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime"
	"sync"

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
	alone   func() (refusal, failure error)
	what    string // is recorded alone, for errors

	seq  int64
	err  error
	done chan struct{}
}

// A writer owns the one connection that writes. Everything up to mu belongs to
// its goroutine alone.
type writer struct {
	j *Journal
	s session
	turn

	run     int64                // number of this process's row in runs
	started bool                 // that row is written
	base    int64                // number of the first record of this process
	writes  int64                // of this process
	states  []packed             // of intents of this process, by number less base; 0 of what is none
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

// newWriter starts the writer of j.
func newWriter(ctx context.Context, j *Journal) (*writer, error) {
	s, err := j.store.session(ctx)
	if err != nil {
		return nil, err
	}
	at := turn{seq: j.Ref().Seq, newest: j.Newest()}
	w := &writer{
		j: j, s: s, turn: at, run: s.process(), base: at.seq + 1,
		older: map[int64]plan.State{}, keys: map[uint64]struct{}{}, seed: maphash.MakeSeed(),
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
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
// cause. Whether the group that failed is in the journal nobody knows; an intent
// that is there without an outcome counts as one that may have been sent.
func (w *writer) fail(cause error) error {
	err := fmt.Errorf("write journal %s: %w; nothing more is recorded", w.j.path, w.j.store.explain(cause))
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

// stop waits until all that is queued is written, and closes the connection.
// It returns why the writer failed before, if it did.
func (w *writer) stop() (failed, err error) {
	w.mu.Lock()
	w.closed = true
	w.signal()
	w.mu.Unlock()
	<-w.done
	return w.failed, w.s.close()
}
