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

// A Journal is an open journal file. It is safe for concurrent use.
type Journal struct {
	cfg   Config
	path  string
	id    string
	reads *sql.DB
	known *sql.Stmt
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
// Write it takes the lock first: an error that wraps apply.ErrLocked names the
// process that has it. What cannot be a journal (a folder, another program's
// file, a damaged one, one of a newer version) is refused and left as it is.
func Open(ctx context.Context, cfg Config) (_ *Journal, err error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	path, err := resolve(cfg.Path)
	if err != nil {
		return nil, err
	}
	if _, err := present(path); err != nil {
		return nil, err // before a lock file is put beside what is no journal
	}
	j := &Journal{cfg: cfg, path: path}
	var l *lock
	if cfg.Mode == Write {
		if l, err = acquire(path); err != nil {
			return nil, err
		}
	}
	if err := j.start(ctx, l); err != nil {
		if l != nil {
			err = errors.Join(err, l.release())
		}
		return nil, err
	}
	return j, nil
}

// start does what the function Open says, under the lock for which l stands, if any.
func (j *Journal) start(ctx context.Context, l *lock) (err error) {
	there, err := present(j.path)
	switch {
	case err != nil:
		return err
	case !there && j.cfg.Pin != "":
		return fmt.Errorf("open journal %s: there is none, and the configuration asks for journal %s: restore that file, or remove the pin to begin a new one", j.path, j.cfg.Pin)
	case !there:
		if err := create(ctx, j.path, j.cfg.Now()); err != nil {
			return err
		}
	}
	if j.reads, err = connect(j.path, ReadOnly); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open journal %s: %w", j.path, explain(err)), j.reads.Close())
		}
	}()
	if err := j.current(ctx, l != nil); err != nil {
		return err
	}
	if err := j.identify(ctx); err != nil {
		return err
	}
	h, err := j.load(ctx)
	if err != nil {
		return err
	}
	j.head.Store(h)
	if j.known, err = j.reads.PrepareContext(ctx, knownSQL); err != nil {
		return err
	}
	if l != nil {
		j.w, err = newWriter(ctx, j, l)
	}
	return err
}

// current makes sure that the schema is the one this version knows. Without
// the lock it takes it for as long as a migration lasts.
func (j *Journal) current(ctx context.Context, locked bool) (err error) {
	v, err := version(ctx, j.reads)
	switch {
	case err != nil:
		return err
	case v > schemaVersion:
		return fmt.Errorf("a newer payreconcile wrote it (schema %d, this one knows %d): use that version or a later one", v, schemaVersion)
	case v == schemaVersion:
		return nil
	}
	if !locked {
		l, err := acquire(j.path)
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		defer func() { err = errors.Join(err, l.release()) }()
	}
	db, err := connect(j.path, Write)
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, db, migrations()), db.Close())
}

// identify reads the journal's id and compares it with the pin.
func (j *Journal) identify(ctx context.Context) error {
	err := j.reads.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'id'`).Scan(&j.id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return errors.New("it has no id, so it was altered: restore it from a backup")
	case err != nil:
		return err
	case j.cfg.Pin != "" && j.cfg.Pin != j.id:
		return fmt.Errorf("it is journal %s, and the configuration asks for %s: restore that file, or correct the pin", j.id, j.cfg.Pin)
	}
	return nil
}

// Close waits until all that was recorded is durable, and closes the journal.
// It may be called more than once. Methods that record fail afterwards.
func (j *Journal) Close() error {
	j.once.Do(func() {
		err := j.known.Close()
		err = errors.Join(err, j.reads.Close())
		if j.w != nil {
			err = errors.Join(err, j.w.stop())
		}
		if err != nil {
			j.closed = fmt.Errorf("close journal %s: %w", j.path, err)
		}
	})
	return j.closed
}

// Path returns the path of the journal's file, without symbolic links.
func (j *Journal) Path() string { return j.path }

// Ref returns the journal's id and the number of its newest record. Of a
// journal that is open for reading only it is the state at Open.
func (j *Journal) Ref() plan.JournalRef {
	h := j.head.Load()
	return plan.JournalRef{ID: j.id, New: h.fresh, Seq: h.seq}
}

// Newest returns the time of the newest record, zero when there is none. Of a
// journal that is open for reading only it is the state at Open.
func (j *Journal) Newest() time.Time { return j.head.Load().newest }

// Lease returns apply.Forever: the lock on the file dies with the process.
func (j *Journal) Lease() time.Duration { return apply.Forever }

// Echoed reports whether this environment and merchant were ever seen to
// return the reference sent with an operation of this kind.
func (j *Journal) Echoed(op spec.Op) bool { return j.head.Load().echoed[op] }
