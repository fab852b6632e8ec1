package listen

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

// A Book is a journal that is open for writing, as far as this package needs one.
type Book interface {
	Receive(ctx context.Context, events []apply.Event) ([]journal.Receipt, error)
	Close() error
}

// batchLimit is how many events are recorded in one step at most.
const batchLimit = 128

// The journal is left alone after a batch for twice as long as it was kept, within
// these bounds: whoever waits for it finds it free most of the time.
const (
	shortestPause = 20 * time.Millisecond
	longestPause  = 250 * time.Millisecond
)

// ErrEnded is what Record returns once the recorder has ended.
var ErrEnded = errors.New("this process is about to end")

// A Recorder records events in batches. Make one with [NewRecorder]. It is safe
// for concurrent use.
type Recorder struct {
	open func(ctx context.Context) (Book, error)
	held func(events int, d time.Duration)

	queue chan *entry
	stop  chan struct{}
	once  sync.Once
	done  chan struct{}
}

// An entry is an event that waits to be recorded.
type entry struct {
	event   apply.Event
	receipt journal.Receipt
	err     error
	done    chan struct{}
}

// NewRecorder returns a recorder that opens the journal with open. held is told
// for how long each batch kept the journal; it may be nil. The recorder has to be
// closed.
func NewRecorder(open func(ctx context.Context) (Book, error), held func(events int, d time.Duration)) *Recorder {
	r := &Recorder{open: open, held: held, queue: make(chan *entry), stop: make(chan struct{}), done: make(chan struct{})}
	go r.loop()
	return r
}

// Record waits until an event is recorded, durably, and says what became of it.
// An error wraps apply.ErrLocked when another process works with the journal, and
// ErrEnded after Close; the event may then be recorded all the same, or not.
func (r *Recorder) Record(ctx context.Context, e apply.Event) (journal.Receipt, error) {
	x := &entry{event: e, done: make(chan struct{})}
	select {
	case r.queue <- x:
	case <-r.stop:
		return journal.Receipt{}, ErrEnded
	case <-ctx.Done():
		return journal.Receipt{}, ctx.Err()
	}
	<-x.done
	return x.receipt, x.err
}

// Close lets a batch that is being recorded end. Further calls do nothing.
func (r *Recorder) Close() {
	r.once.Do(func() { close(r.stop) })
	<-r.done
}

// loop records batch by batch.
func (r *Recorder) loop() {
	defer close(r.done)
	var pause time.Duration
	for {
		select {
		case <-r.stop:
			return
		case x := <-r.queue:
			start := time.Now()
			r.batch(r.gather(x))
			pause = min(max(shortestPause, 2*time.Since(start)), longestPause)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-r.stop:
			timer.Stop()
			return
		}
	}
}

// gather adds to an entry those that wait already.
func (r *Recorder) gather(first *entry) []*entry {
	batch := []*entry{first}
	for len(batch) < batchLimit {
		select {
		case x := <-r.queue:
			batch = append(batch, x)
		default:
			return batch
		}
	}
	return batch
}

// batch records entries in one step and tells those who wait.
func (r *Recorder) batch(batch []*entry) {
	receipts, err := r.record(batch)
	for i, x := range batch {
		if err == nil {
			x.receipt = receipts[i]
		}
		x.err = err
		close(x.done)
	}
}

func (r *Recorder) record(batch []*entry) (receipts []journal.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("record events: panic: %T", p)
		}
	}()
	ctx := context.Background() // a batch that began is not interrupted
	book, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	defer func() {
		// What was recorded stays: an error of Close is not one of the events.
		_ = book.Close()
		if r.held != nil {
			r.held(len(batch), time.Since(start))
		}
	}()
	events := make([]apply.Event, len(batch))
	for i, x := range batch {
		events[i] = x.event
	}
	receipts, err = book.Receive(ctx, events)
	if err == nil && len(receipts) != len(batch) {
		err = fmt.Errorf("record events: %d receipts for %d events", len(receipts), len(batch))
	}
	return receipts, err
}
