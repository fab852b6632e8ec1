package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// ErrReadOnly is what a method that records returns of a journal that was
// opened for reading.
var ErrReadOnly = errors.New("the journal is open for reading only")

// A Journal is an open journal. It is safe for concurrent use.
type Journal struct {
	cfg   Config
	store store
	path  string
	id    string
	reads *sql.DB
	w     *writer // nil when it is open for reading only

	once   sync.Once
	closed error

	head atomic.Pointer[head]
}

// A head is the durable state of a journal that is kept in memory. It is
// replaced, never changed.
type head struct {
	seq    int64
	newest time.Time
	fresh  bool // nothing is recorded for this environment and merchant
	echoed map[spec.Op]bool
}

var _ apply.Journal = (*Journal)(nil)

// Open opens the journal at cfg.Path, and creates it when there is none. For
// Write it first keeps other processes from writing: an error that wraps
// apply.ErrLocked names the one that works with the journal. What cannot be a
// journal (a folder, another program's file or schema, a damaged one, one of a
// newer version) is refused and left as it is.
func Open(ctx context.Context, cfg Config) (*Journal, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	j := &Journal{cfg: cfg}
	var err error
	if isURL(cfg.Path) {
		j.store, err = newPostgres(&j.cfg)
	} else {
		j.store, err = newSQLite(&j.cfg)
	}
	if err != nil {
		return nil, err
	}
	j.path = j.store.name()
	if err := j.start(ctx); err != nil {
		return nil, errors.Join(err, j.store.close())
	}
	return j, nil
}

// start does what the function Open says.
func (j *Journal) start(ctx context.Context) (err error) {
	if j.id, err = j.store.open(ctx); err != nil {
		return err
	}
	j.reads = j.store.reads()
	if err = j.load(ctx); err == nil && j.cfg.Mode == Write {
		j.w, err = newWriter(ctx, j)
	}
	if err != nil {
		return fmt.Errorf("open journal %s: %w", j.path, j.store.explain(err))
	}
	j.store.watch(func(seq int64, newest time.Time) { j.advance(seq, newest, false) })
	return nil
}

// Close waits until all that was recorded is durable, closes the journal and
// lets others write. It may be called more than once. Methods that record fail
// afterwards. It says nothing of a failure to write, which those who recorded
// were told.
func (j *Journal) Close() error {
	j.once.Do(func() {
		var failed, err error
		if j.w != nil {
			failed, err = j.w.stop()
		}
		err = errors.Join(err, j.store.close())
		if err != nil && failed == nil {
			j.closed = fmt.Errorf("close journal %s: %w", j.path, j.store.explain(err))
		}
	})
	return j.closed
}

// Failed returns why nothing can be recorded any more, which those who recorded
// were told; nil while all is well.
func (j *Journal) Failed() error {
	if j.w == nil {
		return nil
	}
	j.w.mu.Lock()
	defer j.w.mu.Unlock()
	return j.w.failed
}

// Path returns where the journal is: the path of its file, without symbolic
// links, or the URL of its database, without secrets.
func (j *Journal) Path() string { return j.path }

// Ref returns the journal's id and the number of its newest record. What
// another process recorded since shows with the next record of this one, and
// at the latest when the lease is renewed. Of a journal that is open for
// reading only it is the state at Open.
func (j *Journal) Ref() plan.JournalRef {
	h := j.head.Load()
	return plan.JournalRef{ID: j.id, New: h.fresh, Seq: h.seq}
}

// Newest returns the time of the newest record, zero when there is none, and
// is as fresh as Ref.
func (j *Journal) Newest() time.Time { return j.head.Load().newest }

// Lease returns for how long from now no other process can work with this
// journal: apply.Forever for a file, whose lock dies with the process. On
// PostgreSQL it is what is left of the lease, by a clock that cannot be set,
// and 0 once another process has taken over.
func (j *Journal) Lease() time.Duration { return j.store.lease() }

// Echoed reports whether this environment and merchant were ever seen to
// return the reference sent with an operation of this kind.
func (j *Journal) Echoed(op spec.Op) bool { return j.head.Load().echoed[op] }
