package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A store is the database that a journal is kept in. What a journal means is
// the same in all; a store knows how its database is reached, kept to one
// writer, and spoken to where that differs. Queries that it does not know of
// are written for all of them: $1 is the first argument.
type store interface {
	// name says where the journal is, for people and without secrets.
	name() string
	// open makes the database ready, as the configuration asks, and returns
	// the journal's id. For Write it keeps other writers out from then on.
	open(ctx context.Context) (id string, err error)
	// session returns the one connection that writes.
	session(ctx context.Context) (session, error)
	// reads are the connections for reading.
	reads() *sql.DB
	// approvals reports whether there is a table of approvals, as schema says.
	approvals(ctx context.Context) (bool, error)
	// audit reports whether there are the tables of the audit log.
	audit(ctx context.Context) (bool, error)
	// events reports whether there is a table of events.
	events(ctx context.Context) (bool, error)
	// position returns the number and the time of the newest record.
	position(ctx context.Context) (seq int64, newest time.Time, err error)
	// known reads the intents of payments, as fold reads them.
	known(ctx context.Context, bases []string) (*sql.Rows, error)
	// lease returns for how long nobody else can work with the journal.
	lease() time.Duration
	// watch has what others record told to f, as far as that can happen.
	watch(f func(seq int64, newest time.Time))
	// integrity reports what the database itself can tell of damage.
	integrity(ctx context.Context, c *checker) error
	// damaged reports whether the database says that it is not as it was
	// written.
	damaged(err error) bool
	// explain adds to an error of the database what a person can do about it.
	explain(err error) error
	// close closes the connections and lets others write.
	close() error
}

// A session is the connection of the writer's goroutine.
type session interface {
	// process is the number of this process's row in runs.
	process() int64
	// conn is the connection itself. A statement may take that long on it; 0
	// is no limit.
	conn() (c *sql.Conn, limit time.Duration)
	// begin begins a transaction, and sets t to where the journal stands where
	// others may have written.
	begin(t *turn) error
	// commit inserts a batch and makes it, and what else was inserted since
	// begin, durable.
	commit(b *batch, t *turn) error
	// rollback undoes what was done since begin, if anything is left of it.
	rollback()
	// keys adds to used the keys with numbers below that one of these
	// payments, except those that are free again.
	keys(payments []string, below int64, used map[plan.Key]bool) error
	close() error
}

// waiting calls try again and again while another process works with the
// journal, for as long as the configuration says.
func waiting(ctx context.Context, cfg *Config, pause time.Duration, try func() error) error {
	start := time.Now()
	for told := false; ; {
		err := try()
		patience := cfg.LockTimeout
		var brief *momentary
		if errors.As(err, &brief) {
			patience = max(patience, moment)
		}
		left := patience - time.Since(start)
		if !errors.Is(err, apply.ErrLocked) || left <= 0 {
			return err
		}
		if !told && brief == nil && cfg.Waiting != nil {
			told = true
			cfg.Waiting(err)
		}
		timer := time.NewTimer(min(pause, left))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			// The wait was ended and did not run out: that is no ErrLocked.
			return fmt.Errorf("%w, while waiting: %s", context.Cause(ctx), err.Error())
		}
	}
}

// moment is for how long others wait for a process that keeps the journal for a
// moment: longer than its lease, should it have died.
const moment = 15 * time.Second

// momentary is an error of a journal that is locked for a moment.
type momentary struct{ error }

func (m *momentary) Unwrap() error { return m.error }

// identify reads the journal's id and compares it with the pin.
func identify(ctx context.Context, db *sql.DB, pin string) (id string, err error) {
	err = db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'id'`).Scan(&id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", errors.New("it has no id, so it was altered: restore it from a backup")
	case err != nil:
		return "", err
	case pin != "" && pin != id:
		return "", fmt.Errorf("it is journal %s, and the configuration asks for %s: restore that one, or correct the pin", id, pin)
	}
	return id, nil
}

// missing refuses to create a journal in place of the one that is pinned.
func missing(name, pin string) error {
	return fmt.Errorf("open journal %s: there is none, and the configuration asks for journal %s: restore that one, or remove the pin to begin a new one", name, pin)
}
