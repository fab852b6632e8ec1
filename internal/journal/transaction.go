package journal

import (
	"context"
	"errors"
	"time"
)

// A turn is where a journal stands while one process writes to it.
type turn struct {
	seq    int64     // number of the newest record
	newest time.Time // its time
	shared bool      // others may have concluded intents of theirs meanwhile
	stale  error     // why this process may only conclude its own intents; nil if it may do all
}

// errUndo ends a transaction of which nothing is to stay.
var errUndo = errors.New("undo")

// transaction runs f in a transaction of the writer's connection, and commits
// the batch that it returns with what else was inserted. When f or the commit
// fails, nothing stays; errUndo is a failure that nobody is told of.
func (w *writer) transaction(f func() (*batch, error)) (kept bool, err error) {
	if err := w.s.begin(&w.turn); err != nil {
		w.s.rollback()
		return false, err
	}
	for int64(len(w.states)) <= w.seq-w.base {
		w.states = append(w.states, 0) // of others
	}
	if w.shared {
		clear(w.older)
	}
	before := w.turn
	b, err := f()
	if err == nil {
		err = w.s.commit(b, &w.turn)
	}
	if err == nil {
		return true, nil
	}
	// The failure that matters is the first; a rollback that fails too is done
	// by the database when the connection closes.
	w.s.rollback()
	if !errors.Is(err, errUndo) {
		return false, err
	}
	w.turn = before
	w.states = w.states[:w.seq-w.base+1]
	return false, nil
}

// bounded is a context for a statement that may take that long; 0 is no limit.
// It comes from no caller: a write that began is not interrupted.
func bounded(limit time.Duration) (context.Context, context.CancelFunc) {
	if limit == 0 {
		return context.Background(), func() {}
	}
	return context.WithTimeout(context.Background(), limit)
}

// exec runs a statement inside the transaction.
func (w *writer) exec(query string, args ...any) error {
	conn, limit := w.s.conn()
	ctx, cancel := bounded(limit)
	defer cancel()
	_, err := conn.ExecContext(ctx, query, args...)
	return err
}

// row reads a row inside the transaction.
func (w *writer) row(dest []any, query string, args ...any) error {
	conn, limit := w.s.conn()
	ctx, cancel := bounded(limit)
	defer cancel()
	return conn.QueryRowContext(ctx, query, args...).Scan(dest...)
}
