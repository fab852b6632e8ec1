package journal

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// applicationID marks a database as a journal; the first migration sets it.
const applicationID = 1346458194

//go:embed migrations/*/*.sql
var embedded embed.FS

// migrations are the steps from an empty database to the schema of this
// version, in the order of their names.
func migrations(dialect string) fs.FS {
	sub, err := fs.Sub(embedded, "migrations/"+dialect)
	if err != nil {
		panic(err) // the pattern above and a caller disagree
	}
	return sub
}

// A sqliteStore is a journal in a file.
type sqliteStore struct {
	cfg  *Config
	path string
	lock *lock // nil unless it is open for writing
	db   *sql.DB
	stmt *sql.Stmt // of sqliteKnown
	has  schema
}

// newSQLite refuses a path that cannot be a journal's, before a lock file is
// put beside what is none.
func newSQLite(cfg *Config) (*sqliteStore, error) {
	path, err := resolve(cfg.Path)
	if err != nil {
		return nil, err
	}
	if _, err := present(path); err != nil {
		return nil, err
	}
	return &sqliteStore{cfg: cfg, path: path}, nil
}

func (s *sqliteStore) name() string   { return s.path }
func (s *sqliteStore) reads() *sql.DB { return s.db }

func (s *sqliteStore) approvals(ctx context.Context) (bool, error) { return s.has.approvals(ctx, s.db) }
func (s *sqliteStore) audit(ctx context.Context) (bool, error)     { return s.has.audit(ctx, s.db) }
func (s *sqliteStore) events(ctx context.Context) (bool, error)    { return s.has.events(ctx, s.db) }

// lease is without end: the lock on the file dies with the process.
func (s *sqliteStore) lease() time.Duration { return apply.Forever }

// watch has nothing to tell: nobody else writes.
func (s *sqliteStore) watch(func(int64, time.Time)) {}

func (s *sqliteStore) open(ctx context.Context) (id string, err error) {
	if s.cfg.Mode == Write {
		err := waiting(ctx, s.cfg, 100*time.Millisecond, func() (err error) {
			s.lock, err = acquire(s.path, s.cfg.Brief)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	there, err := present(s.path)
	switch {
	case err != nil:
		return "", err
	case !there && s.cfg.Pin != "":
		return "", missing(s.path, s.cfg.Pin)
	case !there:
		if err := create(ctx, s.path, s.cfg.Now()); err != nil {
			return "", err
		}
	}
	if s.db, err = connect(s.path, ReadOnly); err != nil {
		return "", err
	}
	if err := s.current(ctx); err != nil {
		return "", s.openError(err)
	}
	if id, err = identify(ctx, s.db, s.cfg.Pin); err != nil {
		return "", s.openError(err)
	}
	if s.stmt, err = s.db.PrepareContext(ctx, sqliteKnown); err != nil {
		return "", s.openError(err)
	}
	return id, nil
}

// openError says which journal could not be opened.
func (s *sqliteStore) openError(err error) error {
	return fmt.Errorf("open journal %s: %w", s.path, s.explain(err))
}

// current makes sure that the schema is the one this version knows, or for
// reading only one that it knew: a journal that is read is left as it is.
// Without the lock it takes it for as long as a migration lasts.
func (s *sqliteStore) current(ctx context.Context) (err error) {
	v, err := version(ctx, s.db)
	switch {
	case err != nil:
		return err
	case v > schemaVersion:
		return newer(v)
	case v == schemaVersion, v > 0 && s.cfg.Mode == ReadOnly:
		return nil
	}
	if s.lock == nil {
		l, err := acquire(s.path, true)
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		defer func() { err = errors.Join(err, l.release()) }()
	}
	db, err := connect(s.path, Write)
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, goose.DialectSQLite3, db, migrations("sqlite")), db.Close())
}

// done closes the connections for reading.
func (s *sqliteStore) done() error {
	if s.db == nil {
		return nil
	}
	var err error
	if s.stmt != nil {
		err = s.stmt.Close()
	}
	return errors.Join(err, s.db.Close())
}

func (s *sqliteStore) close() error {
	err := s.done()
	if s.lock != nil {
		err = errors.Join(err, s.lock.release())
	}
	return err
}

// connect returns a pool of connections to the database at path: for Write,
// one that syncs each commit; for ReadOnly, several that cannot change it. It
// does not touch the file yet.
func connect(path string, mode Mode) (*sql.DB, error) {
	q := url.Values{"_pragma": {"busy_timeout(10000)", "trusted_schema(off)"}}
	conns := 4
	switch mode {
	case Write:
		conns = 1
		q.Set("mode", "rw")
		// A checkpoint every 16 MB instead of 4: the pages of an index that
		// is filled at random are then written once for more of its rows.
		q["_pragma"] = append(q["_pragma"], "synchronous(full)",
			"wal_autocheckpoint(8192)", "journal_size_limit(67108864)")
	case ReadOnly:
		q.Set("mode", "ro")
	}
	uri := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", uri.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// version reads the schema version of a database, and refuses one that is not
// a journal.
func version(ctx context.Context, db *sql.DB) (int64, error) {
	var id int64
	if err := db.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return 0, err
	}
	if id != applicationID {
		return 0, errors.New("it is a database of another program: name another file")
	}
	return applied(ctx, db)
}

// migrate brings the schema up to date, each step in a transaction.
func migrate(ctx context.Context, d goose.Dialect, db *sql.DB, steps fs.FS) error {
	p, err := goose.NewProvider(d, db, steps, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
